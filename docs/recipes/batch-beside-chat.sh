#!/usr/bin/env bash
# A chat application and nightly jobs on one key of the provider's.
. "$(dirname "$0")/lib.sh"
CHAT=${CHAT:-http://localhost:8080} BATCH=${BATCH:-http://localhost:8082} MODEL=${MODEL:-gpt-4o-mini} SLOTS=${SLOTS:-8}
CHAT_KEY=${CHAT_KEY:?the key of chat-app} JOBS_KEY=${JOBS_KEY:?the key of nightly-jobs}

chat "$CHAT/v1" "$MODEL" -H "authorization: Bearer $CHAT_KEY" && is "chat on its port" 200 "$status"
chat "$BATCH/v1" gpt-4o-mini -H "authorization: Bearer $JOBS_KEY" && is "a job on its port" 200 "$status"
chat "$CHAT/v1" gpt-4o-mini -H "authorization: Bearer $JOBS_KEY" && is "a job on the chat's port" 403 "$status" && has "  why" tier_not_allowed
chat "$BATCH/v1" gpt-4o -H "authorization: Bearer $JOBS_KEY" && is "a job with a dear model" 403 "$status" && has "  why" model_not_allowed

hold "$SLOTS" "$BATCH/v1" gpt-4o-mini -H "authorization: Bearer $JOBS_KEY"
until_true runs "$CHAT" 3 "$SLOTS"
echo "ok    $SLOTS jobs hold all slots"
chat "$CHAT/v1" "$MODEL" -H "authorization: Bearer $CHAT_KEY" && is "chat meanwhile" 200 "$status"
echo "ok    waited $(header x-gateway-queue-ms) ms for its slot"
until_true one_was_interrupted
echo "ok    a job was interrupted and finished later"
