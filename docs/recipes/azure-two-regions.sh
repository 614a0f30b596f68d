#!/usr/bin/env bash
# One address, two regions: who serves, what happens when a region is taken out, and that nothing of Azure's shows.
. "$(dirname "$0")/lib.sh"
BASE_URL=${BASE_URL:-http://localhost:8080} MODEL=${MODEL:-gpt-4o-mini}
region() { ask "$BASE_URL/admin/instances/$1/config" -X PUT -d "{\"enabled\":$2}" && is "$1 enabled: $2" 200 "$status"; }

chat "$BASE_URL/v1" "$MODEL" && is "chat" 200 "$status" && is "  region" sweden "$(header x-gateway-instance)" && has "  names the model, not the deployment" "\"model\": *\"$MODEL"
region sweden false
chat "$BASE_URL/v1" "$MODEL" && is "chat" 200 "$status" && is "  region" france "$(header x-gateway-instance)" && has "  names the model, not the deployment" "\"model\": *\"$MODEL"
region sweden true
chat "$BASE_URL/v1" "$MODEL" && is "chat" 200 "$status" && is "  region" sweden "$(header x-gateway-instance)"
chat "$BASE_URL/v1" gpt-5-unknown && is "a model that neither has" 404 "$status"
ask "$BASE_URL/admin/health" && is "health of the regions" 200 "$status" && has "  both" france
