{{- /*
Fails when NATS would be killed: for its memory, or before its clients are sent away.
Args: root (chart context).
*/ -}}
{{- define "nats.validate" -}}
{{- $values := .root.Values -}}
{{- $store := include "common.bytes" (dict "quantity" $values.jetstream.memoryStore) -}}
{{- $limit := include "common.bytes" (dict "quantity" $values.resources.limits.memory) -}}
{{- if gt (mul $store 2) (int64 $limit) -}}
{{- fail (printf "nats: jetstream.memoryStore (%s) is more than half of resources.limits.memory (%s), so that the server would be killed before the store is full; raise the limit or shrink the store" $values.jetstream.memoryStore $values.resources.limits.memory) -}}
{{- end -}}
{{- if ge (int64 $values.lameDuckSeconds) (int64 $values.terminationGracePeriodSeconds) -}}
{{- fail (printf "nats: lameDuckSeconds (%d) is not less than terminationGracePeriodSeconds (%d), so that the server would be killed before its clients are sent away; raise the grace period" (int64 $values.lameDuckSeconds) (int64 $values.terminationGracePeriodSeconds)) -}}
{{- end -}}
{{- end -}}
