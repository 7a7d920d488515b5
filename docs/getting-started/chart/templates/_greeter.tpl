{{- /* Labels that select the pods of a component. Args: root (chart context), component. */ -}}
{{- define "greeter.selectorLabels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component | quote }}
{{- end -}}

{{- /* Reference of the image; a digest wins over the tag. Args: root (chart context). */ -}}
{{- define "greeter.image" -}}
{{- with .root.Values.image -}}
{{- if .digest -}}{{ printf "%s@%s" .repository .digest }}{{- else -}}{{ printf "%s:%s" .repository .tag }}{{- end -}}
{{- end -}}
{{- end -}}

{{- /* What every pod has: no token, a user that nobody else is. */ -}}
{{- define "greeter.podSecurity" -}}
serviceAccountName: "greeter"
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  seccompProfile: { type: "RuntimeDefault" }
{{- end -}}

{{- /* What every container has: the image, no rights, a root that nobody writes to, and what it may use. Args: root. */ -}}
{{- define "greeter.container" -}}
image: {{ include "greeter.image" (dict "root" .root) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy | quote }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsUser: 10001
  runAsGroup: 10001
  capabilities: { drop: ["ALL"] }
resources:
  requests: { cpu: "50m", memory: "64Mi", ephemeral-storage: "16Mi" }
  limits: { cpu: "50m", memory: "64Mi", ephemeral-storage: "16Mi" }
{{- end -}}
