#!/usr/bin/env bash
# Two Azure deployments behind one address: routing, and the admin routes that look at and change them.
. "$(dirname "$0")/lib.sh"
BASE_URL=${BASE_URL:-http://localhost:8080} MODEL=${MODEL:-gpt-4} ADMIN_TOKEN=${ADMIN_TOKEN:?set it to the token of the gateway}
admin() { ask "$BASE_URL$1" -H "x-admin-token: $ADMIN_TOKEN" -H 'content-type: application/json' "${@:2}"; }

ask "$BASE_URL/admin/instances" && is "admin without the token" 401 "$status"
chat "$BASE_URL/v1" "$MODEL" && is "chat" 200 "$status" && is "  served by" primary "$(header x-gateway-instance)" && has "  the model that was asked for" "\"$MODEL\""
admin /admin/instances && is "instances" 200 "$status" && has "  with their use" current_tpm && has "  and a summary" total_instances
admin /admin/instances/primary && is "one instance" 200 "$status" && has "  without its key" '"api_key_configured": *true'
admin /admin/instances/primary/config -X PUT -d '{"enabled":false}' && is "take the primary out" 200 "$status" && has "  what changed" updated_fields
chat "$BASE_URL/v1" "$MODEL" && is "chat without it" 200 "$status" && is "  served by" secondary "$(header x-gateway-instance)"
admin /admin/instances/primary/config -X PUT -d '{"colour":"red"}' && is "a field that cannot be changed" 400 "$status" && has "  these can" allowed_fields
admin /admin/instances/nobody/config -X PUT -d '{"weight":1}' && is "an unknown instance" 404 "$status"
admin /admin/instances/primary/config -X PUT -d '{"enabled":true}' && is "bring it back" 200 "$status"
admin /admin/instances/primary/reset -X POST && is "reset its counters" 200 "$status"
chat "$BASE_URL/v1" "$MODEL" && is "chat again" 200 "$status" && is "  served by" primary "$(header x-gateway-instance)"
admin /stats/ && is "sums" 200 "$status" && has "  all instances" health_percentage
admin '/stats/usage?metric=requests&window=60&granularity=5' && is "a time series" 200 "$status" && has "  of points" time_series
admin /admin/config && is "configuration in force" 200 "$status" && has "  overlay of the environment" '"strategy": *"failover"'
