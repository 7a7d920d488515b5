{{- /*
Fields of the container that only Dragonfly has.
Args: root (chart context).
*/ -}}
{{- define "dragonfly.container" -}}
{{- $values := .root.Values -}}
args:
  - "--logtostderr"
  - {{ printf "--cache_mode=%t" $values.cacheMode | quote }}
  # Without a name nothing is written at a stop: there is no volume that would keep it.
  - {{ printf "--dbfilename=%s" (ternary "dump" "" $values.persistence.enabled) | quote }}
  - "--dir=/data"
  - {{ printf "--maxmemory=%d" (mul $values.maxMemoryMiB 1048576) | quote }}
  - {{ printf "--proactor_threads=%d" (int $values.threads) | quote }}
  {{- if $values.snapshotCron }}
  - {{ printf "--snapshot_cron=%s" $values.snapshotCron | quote }}
  {{- end }}
  # It would ask a server outside of the cluster once a day.
  - "--version_check=false"
env:
  - name: "DFLY_requirepass"
    valueFrom:
      secretKeyRef:
        name: {{ $values.auth.existingSecret | quote }}
        key: {{ $values.auth.existingSecretKey | quote }}
  {{- with $values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  - name: "redis"
    containerPort: 6379
    protocol: "TCP"
# Not ready while a snapshot is read.
startupProbe:
  httpGet:
    path: "/healthz"
    port: "redis"
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 90
readinessProbe:
  httpGet:
    path: "/healthz"
    port: "redis"
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
{{- define "dragonfly.mounts" -}}
- name: "data"
  mountPath: "/data"
{{- end -}}
