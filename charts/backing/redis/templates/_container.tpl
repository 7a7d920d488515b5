{{- /*
Fields of the container that only Redis has.
Args: root (chart context).
*/ -}}
{{- define "redis.container" -}}
{{- $values := .root.Values -}}
args:
  - "redis-server"
  - "--dir"
  - "/data"
  - "--maxmemory"
  - {{ printf "%dmb" (int64 $values.maxMemoryMiB) | quote }}
  - "--maxmemory-policy"
  - {{ $values.maxMemoryPolicy | quote }}
  - "--appendonly"
  - {{ ternary "yes" "no" $values.persistence.enabled | quote }}
  {{- if not $values.persistence.enabled }}
  # Without a volume that would keep them, snapshots are not written.
  - "--save"
  - ""
  {{- end }}
  # It would refuse every client from another pod while there is no password.
  - "--protected-mode"
  - "no"
  {{- if $values.auth.enabled }}
  # The kubelet fills it in; once Redis runs, its title shows no argument.
  - "--requirepass"
  - "$(REDISCLI_AUTH)"
  {{- end }}
{{- if or $values.auth.enabled $values.extraEnv }}
env:
  {{- if $values.auth.enabled }}
  # The name under which redis-cli, which the probes start, reads a password.
  - name: "REDISCLI_AUTH"
    valueFrom:
      secretKeyRef:
        name: {{ include "redis.secretName" . | quote }}
        key: {{ $values.auth.existingSecretPasswordKey | quote }}
  {{- end }}
  {{- with $values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
ports:
  - name: "redis"
    containerPort: 6379
    protocol: "TCP"
# Not ready while the data is read.
startupProbe:
  exec:
    command: ["redis-cli", "-e", "ping"]
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 90
readinessProbe:
  exec:
    command: ["redis-cli", "-e", "ping"]
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
livenessProbe:
  tcpSocket:
    port: "redis"
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}

{{- /*
Where the container has its volumes, besides /tmp.
Args: none.
*/ -}}
{{- define "redis.mounts" -}}
- name: "data"
  mountPath: "/data"
{{- end -}}
