{{- /*
Fails when Redis would be killed once it is full, or when a password is given twice.
Args: root (chart context).
*/ -}}
{{- define "redis.validate" -}}
{{- $values := .root.Values -}}
{{- $limitMiB := div (include "common.bytes" (dict "quantity" $values.resources.limits.memory)) 1048576 -}}
{{- if gt (mul $values.maxMemoryMiB 5) (mul $limitMiB 3) -}}
{{- fail (printf "redis: maxMemoryMiB is %d, more than three fifths of resources.limits.memory (%s), so that the container would be killed before it is full; raise the limit to %dMi or more" (int64 $values.maxMemoryMiB) $values.resources.limits.memory (div (add (mul $values.maxMemoryMiB 5) 2) 3)) -}}
{{- end -}}
{{- if and $values.auth.password (not $values.auth.enabled) -}}
{{- fail "redis: auth.password is set and auth.enabled is false, so that nobody would be asked for it; turn auth on, or empty the password" -}}
{{- end -}}
{{- if and $values.auth.password $values.auth.existingSecret -}}
{{- fail "redis: auth.password and auth.existingSecret are both set; keep one of them" -}}
{{- end -}}
{{- end -}}
