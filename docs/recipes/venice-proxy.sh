#!/usr/bin/env bash
# Venice under its own path prefix, with what OpenAI's clients send and Venice refuses.
. "$(dirname "$0")/lib.sh"
BASE_URL=${BASE_URL:-http://localhost:8080} MODEL=${MODEL:-llama-3.3-70b} EMBEDDING_MODEL=${EMBEDDING_MODEL:-text-embedding-bge-m3}
json='content-type: application/json'

chat "$BASE_URL/api/v1" "$MODEL" && is "chat below the prefix" 200 "$status"
chat "$BASE_URL/v1" "$MODEL" && is "and below /v1" 200 "$status"
ask "$BASE_URL/api/v1/chat/completions" -H "$json" \
  -d "{\"model\":\"$MODEL\",\"logprobs\":true,\"prompt_cache_key\":\"k\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hello.\"}]}"
is "parameters that Venice refuses" 200 "$status" && is "  taken out" logprobs,prompt_cache_key "$(header x-gateway-removed-params | tr -d ' ')"
ask "$BASE_URL/api/v1/embeddings" -H "$json" -d "{\"model\":\"$EMBEDDING_MODEL\",\"input\":\"hello\",\"encoding_format\":\"base64\"}"
is "embeddings as base64, which Venice lacks" 200 "$status" && has "  base64 all the same" '"embedding": *"[A-Za-z0-9+/]'
ask "$BASE_URL/api/v1/models" && is "models" 200 "$status"
ask "$BASE_URL/api/v1/chat/completions" -N -H "$json" -d "{\"model\":\"$MODEL\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Say hello.\"}]}"
is "a stream" 200 "$status" && has "  to its end" 'data: \[DONE\]'
ask "$BASE_URL/health" && is "health" 200 "$status" && has "  names the target" api.venice.ai
ask "$BASE_URL/elsewhere" && is "nothing else is forwarded" 404 "$status"
