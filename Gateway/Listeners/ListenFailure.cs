using System.Globalization;
using System.Net.Sockets;
using Gateway.Configuration;
using Microsoft.AspNetCore.Connections;

namespace Gateway.Listeners;

/// <summary>Why a port could not be opened, as an error of the key that is to be changed.</summary>
internal static class ListenFailure
{
    private const string AnyPort = "endpoints[].port, management_port";

    /// <param name="failure">What the start ended with.</param>
    /// <param name="options">Those of the start.</param>
    public static ConfigurationError Describe(Exception failure, GatewayOptions options)
    {
        string message = failure.Message.TrimEnd('.') + ".";
        return (failure as SocketException)?.SocketErrorCode switch
        {
            SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported => new ConfigurationError(
                "host", $"\"{options.Host}\" is no address of this machine.", "Set one of its addresses, or \"*\" for all of them."),
            SocketError.AccessDenied => new ConfigurationError(
                AnyPort, message, "Choose ports from 1024 on, or let the gateway's user open those below."),
            _ when failure.InnerException is AddressInUseException => new ConfigurationError(
                KeyOf(message, options), message, "Stop whatever listens there, or choose another port."),
            _ => new ConfigurationError($"{AnyPort}, host", message, "Choose another port or address."),
        };
    }

    /// <summary>The server tells the port in its message only, behind the address: <c>http://127.0.0.1:8080: address already in use</c>.</summary>
    private static string KeyOf(string message, GatewayOptions options)
    {
        for (int i = 0; i < options.Endpoints.Count; i++)
        {
            if (IsIn(options.Endpoints[i].Port))
            {
                return string.Create(CultureInfo.InvariantCulture, $"endpoints[{i}].port");
            }
        }

        return options.ManagementPort is { } management && IsIn(management) ? "management_port" : AnyPort;

        bool IsIn(int port) => message.Contains(string.Create(CultureInfo.InvariantCulture, $":{port}: "), StringComparison.Ordinal);
    }
}
