{{- /*
Bytes of a quantity such as 512Mi, as a whole number.
Args: quantity (text: a whole number of bytes, Ki, Mi, Gi or Ti).
*/ -}}
{{- define "common.bytes" -}}
{{- $number := regexFind "^[0-9]+" .quantity -}}
{{- $unit := trimPrefix $number .quantity -}}
{{- $factors := dict "" 1 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- if or (empty $number) (not (hasKey $factors $unit)) -}}
{{- fail (printf "common: %q is not a whole number of bytes, Ki, Mi, Gi or Ti; write it as one, for example 512Mi" .quantity) -}}
{{- end -}}
{{- mul $number (get $factors $unit) -}}
{{- end -}}

{{- /*
Bytes that the data of a StatefulSet may grow to: the size of the volume, or the limit above which the pod is evicted.
Args: values (with persistence and resources).
*/ -}}
{{- define "common.dataBytes" -}}
{{- $limit := get .values.resources.limits "ephemeral-storage" -}}
{{- include "common.bytes" (dict "quantity" (ternary .values.persistence.size $limit .values.persistence.enabled)) -}}
{{- end -}}

{{- /*
Volume `data` of a pod that keeps nothing beyond its life, as a list; empty where a claim makes the volume.
Args: values (with persistence and resources).
*/ -}}
{{- define "common.dataVolume" -}}
{{- if not .values.persistence.enabled -}}
- name: "data"
  emptyDir:
    sizeLimit: {{ get .values.resources.limits "ephemeral-storage" | quote }}
{{- end -}}
{{- end -}}

{{- /*
Templates of the claim `data`, as a list. They can never change, so that no label of them carries a version.
Args: root (chart context), component, values (with persistence).
*/ -}}
{{- define "common.volumeClaimTemplates" -}}
{{- with .values.persistence -}}
- apiVersion: "v1"
  kind: "PersistentVolumeClaim"
  metadata:
    name: "data"
    labels:
      {{- include "common.selectorLabels" (dict "root" $.root "component" $.component) | nindent 6 }}
  spec:
    accessModes: [{{ .accessMode | quote }}]
    {{- if .storageClass }}
    storageClassName: {{ .storageClass | quote }}
    {{- end }}
    resources:
      requests:
        storage: {{ .size | quote }}
    volumeMode: "Filesystem"
{{- end -}}
{{- end -}}
