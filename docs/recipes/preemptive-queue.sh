#!/usr/bin/env bash
# Three ports, three tiers: fills the slots from the least urgent port, then asks on the most urgent one.
. "$(dirname "$0")/lib.sh"
URGENT=${URGENT:-http://localhost:8080} NORMAL=${NORMAL:-http://localhost:8081} BATCH=${BATCH:-http://localhost:8082}
MODEL=${MODEL:-gpt-4o-mini} SLOTS=${SLOTS:-8}

chat "$URGENT/v1" "$MODEL" && is "urgent port" 200 "$status" && is "  its tier" 1 "$(header x-gateway-tier)"
chat "$NORMAL/v1" "$MODEL" && is "normal port" 200 "$status" && is "  its tier" 2 "$(header x-gateway-tier)"
chat "$BATCH/v1" "$MODEL" && is "batch port" 200 "$status" && is "  its tier" 3 "$(header x-gateway-tier)"
ask "$BATCH/v1/models" && is "another path and method" 200 "$status"

hold "$SLOTS" "$BATCH/v1" "$MODEL"
until_true runs "$URGENT" 3 "$SLOTS"
echo "ok    $SLOTS batch calls hold all slots"
chat "$URGENT/v1" "$MODEL" && is "urgent call while all slots are taken" 200 "$status"
until_true one_was_interrupted
echo "ok    a batch call was interrupted, sent again, and answered as if nothing had happened"
