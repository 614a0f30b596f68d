#!/usr/bin/env bash
# The caller's own key passes through; what was asked before is answered from the cache.
. "$(dirname "$0")/lib.sh"
BASE_URL=${BASE_URL:-http://localhost:8080} MODEL=${MODEL:-gpt-4o-mini} KEY=${OPENAI_API_KEY:-sk-mine}

curl -sS -X DELETE "$BASE_URL/cache" >/dev/null
chat "$BASE_URL/v1" "$MODEL" -H "authorization: Bearer $KEY" && is "chat" 200 "$status" && is "  cache" MISS "$(header x-cache)" && is "  proxy" openai-proxy "$(header x-proxy)"
until_true from_cache chat "$BASE_URL/v1" "$MODEL" -H "authorization: Bearer $KEY" && is "again" 200 "$status" && is "  cache" HIT "$(header x-cache)"
[ -n "$(header x-cache-timestamp)" ] && echo "ok      stored $(header x-cache-timestamp)"
chat "$BASE_URL/v1" "$MODEL" -H "authorization: Bearer another-$KEY" && is "another key shares nothing" MISS "$(header x-cache)"
chat "$BASE_URL/v1" "$MODEL" -H "authorization: Bearer $KEY" -H 'cache-control: no-cache' && is "asked to look anew" BYPASS "$(header x-cache)"
ask "$BASE_URL/v1/models" -H "authorization: Bearer $KEY" && is "models" MISS "$(header x-cache)"
until_true from_cache ask "$BASE_URL/v1/models" -H "authorization: Bearer $KEY" && is "models again" HIT "$(header x-cache)"
ask "$BASE_URL/stats" && is "stats" 200 "$status" && has "  entries" item_count && has "  upstream" openai_url
ask "$BASE_URL/cache" -X DELETE && is "clear the cache" 200 "$status" && has "  done" "Cache cleared successfully"
chat "$BASE_URL/v1" "$MODEL" -H "authorization: Bearer $KEY" && is "after that" MISS "$(header x-cache)"
