{{- /*
Name of the chart.
Args: root (chart context).
*/ -}}
{{- define "server.name" -}}
{{- include "common.name" . -}}
{{- end -}}

{{- /*
Name of the server's objects, and what all others start with.
Args: root (chart context).
*/ -}}
{{- define "server.fullname" -}}
{{- include "common.fullname" . -}}
{{- end -}}

{{- /*
Labels of an object of the server.
Args: root (chart context).
*/ -}}
{{- define "server.labels" -}}
{{- include "common.labels" (dict "root" .root "component" (include "server.name" .)) -}}
{{- end -}}

{{- /*
Labels that select the pods of the server.
Args: root (chart context).
*/ -}}
{{- define "server.selectorLabels" -}}
{{- include "common.selectorLabels" (dict "root" .root "component" "server") -}}
{{- end -}}

{{- /*
Name of the ServiceAccount; fails where none is made and none is named.
Args: root (chart context).
*/ -}}
{{- define "server.serviceAccountName" -}}
{{- include "common.serviceAccountName" (dict "root" .root "component" "server" "values" .root.Values) -}}
{{- end -}}

{{- /*
Host of Redis: the Service of the bundled one, else the external host; empty where Redis is not used.
Args: root (chart context).
*/ -}}
{{- define "server.redisHost" -}}
{{- if .root.Values.redis.enabled -}}
{{- include "redis.serviceName" (dict "root" .root.Subcharts.redis) -}}
{{- else -}}
{{- .root.Values.externalRedis.host -}}
{{- end -}}
{{- end -}}

{{- /*
Values as the templates of `common` take them, as YAML: the writable folder /app/data beside /tmp is one of the volumes.
Args: root (chart context).
*/ -}}
{{- define "server.values" -}}
{{- $values := .root.Values -}}
{{- $data := dict "name" "data" "emptyDir" (dict "sizeLimit" $values.dataSize) -}}
{{- $own := dict "replicas" $values.replicaCount "extraVolumes" (prepend $values.extraVolumes $data) "extraVolumeMounts" (prepend $values.extraVolumeMounts (dict "name" "data" "mountPath" "/app/data")) -}}
{{- merge $own (omit $values "global" "common" "postgresql" "redis" "extraVolumes" "extraVolumeMounts" | deepCopy) | toYaml -}}
{{- end -}}

{{- /*
Arguments of `common` for the server, as YAML without `root`.
Args: root (chart context).
*/ -}}
{{- define "server.arguments" -}}
component: "server"
values:
  {{- include "server.values" . | nindent 2 }}
{{- end -}}
