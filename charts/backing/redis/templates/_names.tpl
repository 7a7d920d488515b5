{{- /*
Name of the Service that clients use, as Bitnami's chart calls it.
Args: root (chart context).
*/ -}}
{{- define "redis.serviceName" -}}
{{- printf "%s-master" (include "common.componentName" (dict "root" .root "component" "redis" "max" 56)) -}}
{{- end -}}

{{- /*
Name of the Secret with the password: the one that the values name, or `<release>-redis`, as Bitnami's chart calls it.
Args: root (chart context).
*/ -}}
{{- define "redis.secretName" -}}
{{- .root.Values.auth.existingSecret | default (include "common.componentName" (dict "root" .root "component" "redis")) -}}
{{- end -}}
