{{- /*
Fails when Dragonfly would refuse to start, or would be killed once it is full.
Args: root (chart context).
*/ -}}
{{- define "dragonfly.validate" -}}
{{- $values := .root.Values -}}
{{- $required := mul 256 $values.threads -}}
{{- if lt (int64 $values.maxMemoryMiB) (int64 $required) -}}
{{- fail (printf "dragonfly: maxMemoryMiB is %d and Dragonfly wants 256 for each of its %d threads; set it to %d or more, or threads to less" (int64 $values.maxMemoryMiB) (int64 $values.threads) $required) -}}
{{- end -}}
{{- $limitMiB := div (include "common.bytes" (dict "quantity" $values.resources.limits.memory)) 1048576 -}}
{{- if gt (mul $values.maxMemoryMiB 5) (mul $limitMiB 4) -}}
{{- fail (printf "dragonfly: maxMemoryMiB is %d, more than four fifths of resources.limits.memory (%s), so that the container would be killed before it is full; raise the limit to %dMi or more" (int64 $values.maxMemoryMiB) $values.resources.limits.memory (div (add (mul $values.maxMemoryMiB 5) 3) 4)) -}}
{{- end -}}
{{- if and $values.snapshotCron (not $values.persistence.enabled) -}}
{{- fail "dragonfly: snapshotCron is set and persistence.enabled is false, so that no snapshot would be kept; turn persistence on, or empty snapshotCron" -}}
{{- end -}}
{{- end -}}
