#!/usr/bin/env bash
# People first: fills vLLM with jobs, then asks as a person and as an agent, and holds the jobs back for a while.
. "$(dirname "$0")/lib.sh"
PEOPLE=${PEOPLE:-http://localhost:8080} AGENTS=${AGENTS:-http://localhost:8081} JOBS=${JOBS:-http://localhost:8082}
MODEL=${MODEL:-Qwen/Qwen3-8B} SLOTS=${SLOTS:-32}

chat "$PEOPLE/v1" "$MODEL" && is "a person asks" 200 "$status" && is "  tier" 1 "$(header x-gateway-tier)" && is "  by" vllm "$(header x-gateway-instance)"
hold "$SLOTS" "$JOBS/v1" "$MODEL"
until_true runs "$PEOPLE" 3 "$SLOTS"
echo "ok    $SLOTS jobs hold all slots"
chat "$AGENTS/v1" "$MODEL" && is "an agent asks meanwhile" 200 "$status" && is "  tier" 2 "$(header x-gateway-tier)"
until_true one_was_interrupted
echo "ok    a job was interrupted for it and finished later"

ask "$PEOPLE/admin/queue" && is "who runs, who waits" 200 "$status" && has "  by tier" '"running_count"'
ask "$PEOPLE/admin/tiers/3/pause" -X POST && is "hold the jobs back" 200 "$status"
ask "$PEOPLE/admin/tiers/3/resume" -X POST && is "let them go on" 200 "$status"
