{{- /*
A rule that opens one port to a component of the release, or to peers outside of it; no peers open it to every address.
Args: root (chart context), component (optional), peers, port.
*/ -}}
{{- define "server.egressRule" -}}
- ports:
    - port: {{ .port | int }}
      protocol: "TCP"
  {{- if .component }}
  to:
    - podSelector:
        matchLabels:
          {{- include "common.peerLabels" . | nindent 10 }}
  {{- else if .peers }}
  to:
    {{- toYaml .peers | nindent 4 }}
  {{- end }}
{{- end -}}

{{- /*
Rule that opens name resolution, as a list.
Args: root (chart context).
*/ -}}
{{- define "server.dnsRule" -}}
- to:
    {{- toYaml .root.Values.networkPolicy.dns.peers | nindent 4 }}
  ports:
    - port: 53
      protocol: "UDP"
    - port: 53
      protocol: "TCP"
{{- end -}}

{{- /*
Egress rules of the server, as a list: names, database, Redis where it is used.
Args: root (chart context).
*/ -}}
{{- define "server.egress" -}}
{{- $values := .root.Values -}}
{{ include "server.dnsRule" . }}
{{- if $values.postgresql.enabled }}
{{ include "server.egressRule" (dict "root" .root "component" "postgresql" "port" 5432) }}
{{- else }}
{{ include "server.egressRule" (dict "root" .root "peers" $values.database.peers "port" $values.database.port) }}
{{- end }}
{{- if $values.redis.enabled }}
{{ include "server.egressRule" (dict "root" .root "component" "redis" "port" 6379) }}
{{- else if $values.externalRedis.host }}
{{ include "server.egressRule" (dict "root" .root "peers" $values.externalRedis.peers "port" $values.externalRedis.port) }}
{{- end }}
{{- with $values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /*
Ingress rules of the server, as a list: the test pod, and the ingress controller while there is an Ingress.
Args: root (chart context).
*/ -}}
{{- define "server.ingress" -}}
{{- $values := .root.Values -}}
{{- $peers := list -}}
{{- if $values.test.enabled -}}
{{- $peers = append $peers (dict "podSelector" (dict "matchLabels" (include "common.peerLabels" (dict "root" .root "component" "test") | fromYaml))) -}}
{{- end -}}
{{- if $values.ingress.enabled -}}
{{- $peers = concat $peers $values.networkPolicy.ingressController.peers -}}
{{- end -}}
{{- if $peers -}}
- from:
    {{- toYaml $peers | nindent 4 }}
  ports:
    - port: {{ $values.server.port | int }}
      protocol: "TCP"
{{- end -}}
{{- with $values.networkPolicy.extraIngress }}
{{ toYaml . }}
{{- end }}
{{- end -}}
