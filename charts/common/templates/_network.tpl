{{- /*
NetworkPolicy of a component: it restricts both directions, and allows what is listed and nothing else.
Args: root (chart context), component, ingress and egress (lists of rules), name and annotations (optional).
*/ -}}
{{- define "common.networkPolicy" -}}
apiVersion: "networking.k8s.io/v1"
kind: "NetworkPolicy"
metadata:
  {{- include "common.metadata" (dict "root" .root "component" .component "name" .name "annotations" .annotations) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "common.selectorLabels" (dict "root" .root "component" .component) | nindent 6 }}
  policyTypes: ["Ingress", "Egress"]
  {{- with .ingress }}
  ingress:
    {{- toYaml . | nindent 4 }}
  {{- else }}
  ingress: []
  {{- end }}
  {{- with .egress }}
  egress:
    {{- toYaml . | nindent 4 }}
  {{- else }}
  egress: []
  {{- end }}
{{- end -}}
