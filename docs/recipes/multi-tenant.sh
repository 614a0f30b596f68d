#!/usr/bin/env bash
# Two teams with keys of their own, a limit each, a shared cache.
. "$(dirname "$0")/lib.sh"
BASE_URL=${BASE_URL:-http://localhost:8080} MODEL=${MODEL:-gpt-4o-mini} A=${TEAM_A_KEY:-team-a-key} B=${TEAM_B_KEY:-team-b-key}

chat "$BASE_URL/v1" "$MODEL" && is "no key" 401 "$status" && has "  as OpenAI says it" invalid_api_key
chat "$BASE_URL/v1" "$MODEL" -H "authorization: Bearer wrong" && is "wrong key" 401 "$status"
chat "$BASE_URL/v1" "$MODEL" -H "authorization: Bearer $A" && is "team A" 200 "$status" && is "  its limit" 60 "$(header x-ratelimit-limit-requests)"
chat "$BASE_URL/v1" "$MODEL" -H "api-key: $B" && is "team B, in Azure's header" 200 "$status"

same() { ask "$BASE_URL/v1/chat/completions" -H "authorization: Bearer $1" -H 'content-type: application/json' \
  -d "{\"model\":\"$MODEL\",\"temperature\":0,\"seed\":$$,\"messages\":[{\"role\":\"user\",\"content\":\"Name a colour.\"}]}"; }
same "$A" && is "deterministic chat" MISS "$(header x-cache)"
until_true from_cache same "$A" && is "the same again" HIT "$(header x-cache)"
same "$B" && is "the same by another team" MISS "$(header x-cache)"

ask "$BASE_URL/health" && is "health" 200 "$status" && has "  redis is there" '"redis_connected":true'
ask "$BASE_URL/metrics" -H "x-admin-token: ${ADMIN_TOKEN:-}" && is "metrics" 200 "$status" && has "  requests by endpoint" 'gateway_requests_total{.*endpoint="/v1/chat/completions"'
ask "$BASE_URL/metrics" -H "x-admin-token: ${ADMIN_TOKEN:-}" -H 'x-forwarded-for: 203.0.113.9' && is "metrics from elsewhere" 403 "$status"

over=0
for _ in $(seq 61); do ask "$BASE_URL/v1/models" -H "authorization: Bearer $A"; [ "$status" = 429 ] && over=1 && break; done
is "team A past its limit" 1 "$over" && has "  says so" RATE_LIMIT_EXCEEDED
[ "$(header retry-after)" -ge 1 ] && echo "ok      come back in $(header retry-after) s"
chat "$BASE_URL/v1" "$MODEL" -H "authorization: Bearer $B" && is "team B is not held up" 200 "$status"
