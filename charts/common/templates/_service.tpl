{{- /*
Service of a component, inside the cluster only.
Args: root (chart context), component, ports (list of maps with name, port and targetPort), name (optional), headless
(optional), values (optional, with service.annotations).
*/ -}}
{{- define "common.service" -}}
{{- $annotations := dig "service" "annotations" dict (.values | default dict) -}}
apiVersion: "v1"
kind: "Service"
metadata:
  {{- include "common.metadata" (dict "root" .root "component" .component "name" .name "annotations" $annotations) | nindent 2 }}
spec:
  type: "ClusterIP"
  {{- if .headless }}
  clusterIP: "None"
  publishNotReadyAddresses: true
  {{- end }}
  selector:
    {{- include "common.selectorLabels" (dict "root" .root "component" .component) | nindent 4 }}
  ports:
    {{- range .ports }}
    - name: {{ .name | quote }}
      port: {{ .port | int }}
      targetPort: {{ .targetPort | quote }}
      protocol: "TCP"
    {{- end }}
{{- end -}}
