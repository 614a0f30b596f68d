using Load.Driver.Options;
using Load.Driver.Reports;
using Load.Driver.Targets;

namespace Load.Driver.Scenarios;

/// <summary>
/// Runs scenarios against the targets, alternating (A B C A B C ...), so that a slow change of the machine touches all of them alike and a ratio
/// within one round stays fair.
/// </summary>
internal sealed class LoadRun(DriverOptions options, Launcher launcher, Simulator simulator, Progress progress)
{
    // The runtime compiles what is hot once more in the background, and only while no new code turns up; without pauses the first rounds cost double.
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(500);

    public async Task<ScenarioResult> RunAsync(IScenario scenario, CancellationToken stop)
    {
        var measurements = new List<Measurement>();
        if (scenario.FreshProcesses)
        {
            for (int round = 1; round <= scenario.Rounds; round++)
            {
                foreach (Target target in scenario.TargetsOf(options.Targets))
                {
                    await using RunningTarget running = await StartAsync(scenario, target, stop);
                    measurements.Add(await MeasureAsync(scenario, running, round, stop));
                }
            }

            return new ScenarioResult(scenario, measurements);
        }

        var all = new List<RunningTarget>();
        try
        {
            foreach (Target target in scenario.TargetsOf(options.Targets))
                all.Add(await StartAsync(scenario, target, stop));
            for (int round = 1; round <= scenario.Rounds; round++)
            {
                foreach (RunningTarget running in all)
                    measurements.Add(await MeasureAsync(scenario, running, round, stop));
            }
        }
        finally
        {
            foreach (RunningTarget running in all)
                await running.DisposeAsync();
        }

        return new ScenarioResult(scenario, measurements);
    }

    private async Task<RunningTarget> StartAsync(IScenario scenario, Target target, CancellationToken stop)
    {
        progress.Show($"{scenario.Name}: {target.Name} starts and warms up");
        RunningTarget running = await launcher.StartAsync(target, simulator.Port, scenario.GatewayConcurrency, stop);
        try
        {
            for (int i = 0; i < scenario.WarmUps; i++)
            {
                await scenario.WarmUpAsync(running, stop);
                await Task.Delay(Calm, TimeProvider.System, stop);
            }

            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    private async Task<Measurement> MeasureAsync(IScenario scenario, RunningTarget running, int round, CancellationToken stop)
    {
        progress.Show($"{scenario.Name}: round {round}/{scenario.Rounds} {running.Target.Name}");
        Measurement measurement = await scenario.RunAsync(running, round, stop);
        string values = string.Join(", ", scenario.Metrics.Select(metric => $"{metric.Title} {metric.Format(measurement.Values[metric])}"));
        string errors = $"errors {measurement.Errors} {measurement.FirstError}".TrimEnd();
        progress.Keep($"{scenario.Name} {round}/{scenario.Rounds} {running.Target.Name}: {values}, {errors}");
        return measurement;
    }
}
