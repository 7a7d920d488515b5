{{- /*
Fields of the container that only PostgreSQL has.
Args: root (chart context).
*/ -}}
{{- define "postgresql.container" -}}
{{- $values := .root.Values -}}
args:
  - "postgres"
  {{- range $name := keys $values.parameters | sortAlpha }}
  - "-c"
  - {{ printf "%s=%s" $name (get $values.parameters $name) | quote }}
  {{- end }}
env:
  # A folder below the volume's: initdb wants an empty one that only its user may read.
  - name: "PGDATA"
    value: "/var/lib/postgresql/data/pgdata"
  - name: "POSTGRES_DB"
    value: {{ $values.auth.database | quote }}
  - name: "POSTGRES_INITDB_ARGS"
    value: "--auth-host=scram-sha-256 --auth-local=scram-sha-256 --data-checksums"
  - name: "POSTGRES_PASSWORD_FILE"
    value: "/run/secrets/postgresql/password"
  - name: "POSTGRES_USER"
    value: {{ $values.auth.username | quote }}
  {{- with $values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
lifecycle:
  preStop:
    # Ends the sessions and writes what is in memory. SIGTERM alone would wait until the last client has left.
    exec:
      command: ["pg_ctl", "--mode=fast", "--no-wait", "stop"]
ports:
  - name: "postgresql"
    containerPort: 5432
    protocol: "TCP"
# Over TCP: the server that runs while initdb's work is completed listens on a socket only, and is not ready.
startupProbe:
  exec:
    command: {{ include "postgresql.isReady" . }}
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 90
readinessProbe:
  exec:
    command: {{ include "postgresql.isReady" . }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
# A server that recovers from a crash refuses sessions for a while; to kill it then would start that over.
livenessProbe:
  tcpSocket:
    port: "postgresql"
  periodSeconds: 20
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}

{{- /*
Where the container has its volumes, besides /tmp.
Args: none.
*/ -}}
{{- define "postgresql.mounts" -}}
- name: "data"
  mountPath: "/var/lib/postgresql/data"
- name: "password"
  mountPath: "/run/secrets/postgresql"
  readOnly: true
- name: "run"
  mountPath: "/var/run/postgresql"
- name: "shared-memory"
  mountPath: "/dev/shm"
{{- end -}}

{{- /*
Command that succeeds when the server accepts sessions, as JSON.
Args: root (chart context).
*/ -}}
{{- define "postgresql.isReady" -}}
{{- $auth := .root.Values.auth -}}
{{- list "pg_isready" "--host=127.0.0.1" "--port=5432" (printf "--username=%s" $auth.username) (printf "--dbname=%s" $auth.database) | toJson -}}
{{- end -}}

{{- /*
Volumes of the pod besides its data.
Args: root (chart context).
*/ -}}
{{- define "postgresql.volumes" -}}
{{- $values := .root.Values -}}
- name: "password"
  secret:
    secretName: {{ $values.auth.existingSecret | quote }}
    defaultMode: 0440
    items:
      - key: {{ $values.auth.existingSecretKey | quote }}
        path: "password"
- name: "run"
  emptyDir:
    sizeLimit: "1Mi"
- name: "shared-memory"
  emptyDir:
    medium: "Memory"
    sizeLimit: {{ $values.sharedMemory | quote }}
{{- end -}}
