{{- /*
The component graph: who may open a connection to whom. Ports come from the values that the addresses come from.
*/ -}}

{{- /*
What a name in `uses` stands for, as a YAML map: `component` in this release, or `peers` outside of it (none opens the
port to every address), and `port`. Empty where nothing of the kind is configured.
Args: root (chart context), component (that connects), name.
*/ -}}
{{- define "cruvero.target" -}}
{{- $values := .root.Values -}}
{{- $addresses := dict "cache" "CACHE_URL" "nats" "NATS_URL" "qdrant" "QDRANT_URL" "temporal" "TEMPORAL_ADDRESS" -}}
{{- $bundled := dict "cache" "dragonfly" "database" "postgresql" "nats" "nats" "qdrant" "qdrant" -}}
{{- $service := get $bundled .name -}}
{{- if has .name (list "api" "ui") -}}
{{- if (get $values .name).enabled }}
component: {{ .name | quote }}
port: {{ include "cruvero.port" (dict "root" .root "component" .name) }}
{{- end }}
{{- else if and $service (get $values $service).enabled }}
component: {{ $service | quote }}
port: {{ get (dict "dragonfly" 6379 "postgresql" 5432 "nats" 4222 "qdrant" 6333) $service }}
{{- else }}
{{- $external := get $values.external .name -}}
{{- $address := "" -}}
{{- if eq .name "database" -}}
{{- $address = printf ":%d" (int $external.port) -}}
{{- else -}}
{{- $address = include "cruvero.configValue" (dict "root" .root "component" .component "name" (get $addresses .name)) -}}
{{- end -}}
{{- with $address }}
peers: {{ toJson $external.peers }}
port: {{ include "cruvero.addressPort" (dict "address" .) }}
{{- end }}
{{- end }}
{{- end -}}

{{- /*
Port of an address such as nats://host:4222, host:7233 or https://host.
Args: address.
*/ -}}
{{- define "cruvero.addressPort" -}}
{{- $scheme := regexFind "^[a-z]+://" .address -}}
{{- $authority := .address | trimPrefix $scheme | splitList "/" | first -}}
{{- $known := dict "http://" "80" "https://" "443" "nats://" "4222" "tls://" "4222" "redis://" "6379" "rediss://" "6379" -}}
{{- regexFind ":[0-9]+$" $authority | trimPrefix ":" | default (get $known $scheme) -}}
{{- end -}}

{{- /*
Egress rules of a component, as a list: names, and what it uses.
Args: root (chart context), component, uses (optional list: default what the component uses).
*/ -}}
{{- define "cruvero.egress" -}}
{{- $root := .root -}}
{{- $uses := .uses | default (include "cruvero.traits" . | fromJson).uses -}}
- to:
    {{- toYaml $root.Values.networkPolicy.dns.peers | nindent 4 }}
  ports:
    - port: 53
      protocol: "UDP"
    - port: 53
      protocol: "TCP"
{{- range $name := $uses }}
{{- $target := include "cruvero.target" (dict "root" $root "component" $.component "name" $name) | fromYaml }}
{{- if $target }}
- ports:
    - port: {{ int $target.port }}
      protocol: "TCP"
  {{- if $target.component }}
  to:
    - podSelector:
        matchLabels:
          {{- include "common.peerLabels" (dict "root" $root "component" $target.component) | nindent 10 }}
  {{- else if $target.peers }}
  to:
    {{- toYaml $target.peers | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /*
Ingress rules of a component, as a list: its clients in the release, the ingress controller, Prometheus while it scrapes.
Args: root (chart context), component.
*/ -}}
{{- define "cruvero.ingress" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
{{- $clients := get (dict "api" (list "test" "ui") "ui" (list "test")) .component | default list -}}
{{- $peers := list -}}
{{- range $client := $clients -}}
{{- if (get $values $client).enabled -}}
{{- $peers = append $peers (dict "podSelector" (dict "matchLabels" (include "common.peerLabels" (dict "root" $root "component" $client) | fromYaml))) -}}
{{- end -}}
{{- end -}}
{{- if and (eq .component "ui") (or $values.ui.ingress.enabled $values.ui.httpRoute.enabled) -}}
{{- $peers = concat $peers $values.networkPolicy.ingressController.peers -}}
{{- end -}}
{{- $monitor := ternary $values.monitoring.serviceMonitor $values.monitoring.podMonitor (has .component (list "api" "ui")) -}}
{{- if $monitor.enabled -}}
{{- $peers = concat $peers $values.monitoring.peers -}}
{{- end -}}
{{- if $peers -}}
- from:
    {{- toYaml $peers | nindent 4 }}
  ports:
    - port: {{ include "cruvero.port" . }}
      protocol: "TCP"
{{- end -}}
{{- end -}}
