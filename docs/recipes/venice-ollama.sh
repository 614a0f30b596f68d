#!/usr/bin/env bash
# What a program that is set up for Ollama asks, answered by Venice.
. "$(dirname "$0")/lib.sh"
BASE_URL=${BASE_URL:-http://localhost:11434} MODEL=${MODEL:-llama-3.3-70b} EMBEDDING_MODEL=${EMBEDDING_MODEL:-text-embedding-bge-m3}
json='content-type: application/json'

ask "$BASE_URL/v1/models" && is "which models" 200 "$status" && has "  a list" '"data"'
chat "$BASE_URL/v1" "$MODEL" -H 'authorization: Bearer ollama' && is "chat with Ollama's dummy key" 200 "$status"
ask "$BASE_URL/v1/chat/completions" -N -H "$json" -d "{\"model\":\"$MODEL\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Say hello.\"}]}"
is "a stream" 200 "$status" && has "  to its end" 'data: \[DONE\]'
ask "$BASE_URL/v1/chat/completions" -H "$json" \
  -d "{\"model\":\"$MODEL\",\"top_logprobs\":3,\"parallel_tool_calls\":null,\"messages\":[{\"role\":\"user\",\"content\":\"Say hello.\"}]}"
is "parameters that Venice refuses" 200 "$status" && is "  taken out" parallel_tool_calls,top_logprobs "$(header x-gateway-removed-params | tr ',' '\n' | tr -d ' ' | sort | paste -sd,)"
ask "$BASE_URL/v1/embeddings" -H "$json" -d "{\"model\":\"$EMBEDDING_MODEL\",\"input\":[\"one\",\"two\"],\"encoding_format\":\"base64\"}"
is "embeddings as the official SDKs ask" 200 "$status" && has "  base64" '"embedding": *"[A-Za-z0-9+/]'
