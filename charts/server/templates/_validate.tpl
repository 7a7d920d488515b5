{{- /*
Each of these renders nothing and fails where values contradict each other, or what the environment allows.
Args of all: root (chart context).
*/ -}}

{{- /* The database: exactly one. There is none to fall back to. */ -}}
{{- define "server.validateDatabase" -}}
{{- $values := .root.Values -}}
{{- $given := list -}}
{{- range $name, $isGiven := dict "database.existingSecret" (not (empty $values.database.existingSecret)) "database.url" (not (empty $values.database.url)) "postgresql.enabled" $values.postgresql.enabled -}}
{{- if $isGiven -}}
{{- $given = append $given $name -}}
{{- end -}}
{{- end -}}
{{- if not $given -}}
{{- fail "server: there is no database: database.existingSecret and database.url are empty and postgresql.enabled is false; name the Secret that holds the address in database.existingSecret" -}}
{{- end -}}
{{- if gt (len $given) 1 -}}
{{- fail (printf "server: %s are all set; keep one of them" (join ", " (sortAlpha $given))) -}}
{{- end -}}
{{- end -}}

{{- /* Redis: bundled or external, and with one password. */ -}}
{{- define "server.validateRedis" -}}
{{- $values := .root.Values -}}
{{- $external := $values.externalRedis -}}
{{- if and $values.redis.enabled $external.host -}}
{{- fail "server: redis.enabled and externalRedis.host are both set; turn the bundled Redis off, or empty the host" -}}
{{- end -}}
{{- if and $external.password $external.existingSecret -}}
{{- fail "server: externalRedis.password and externalRedis.existingSecret are both set; keep one of them" -}}
{{- end -}}
{{- if and (or $external.password $external.existingSecret) (not $external.host) -}}
{{- fail "server: externalRedis has a password and no host, so that nobody would use it; set externalRedis.host, or remove the password" -}}
{{- end -}}
{{- end -}}

{{- /* The entry: by TLS, unless development says otherwise. */ -}}
{{- define "server.validateIngress" -}}
{{- $values := .root.Values -}}
{{- $ingress := $values.ingress -}}
{{- if $ingress.enabled -}}
{{- if and $ingress.allowInsecureHttp (has $values.environment (list "staging" "prod")) -}}
{{- fail (printf "server: ingress.allowInsecureHttp is set, and %s refuses an entry without TLS; set ingress.tls.enabled instead" $values.environment) -}}
{{- end -}}
{{- if not (or $ingress.tls.enabled $ingress.allowInsecureHttp) -}}
{{- fail "server: ingress.enabled is set and ingress.tls.enabled is not, so that everybody could read along; turn TLS on, or for development set ingress.allowInsecureHttp" -}}
{{- end -}}
{{- if and $ingress.tls.enabled (not $ingress.tls.secretName) -}}
{{- fail "server: ingress.tls.enabled is set and ingress.tls.secretName is empty, so that the controller would show a certificate that nobody trusts; name the Secret with the certificate" -}}
{{- end -}}
{{- if not $ingress.hosts -}}
{{- fail "server: ingress.enabled is set and ingress.hosts is empty; name the host that leads to the server" -}}
{{- end -}}
{{- if and $values.networkPolicy.enabled (not $values.networkPolicy.ingressController.peers) -}}
{{- fail "server: ingress.enabled is set and networkPolicy.ingressController.peers is empty, so that nobody could reach the server; name the pods of the ingress controller" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Times that do not fit into each other. */ -}}
{{- define "server.validateTimes" -}}
{{- $values := .root.Values -}}
{{- $needed := add $values.server.shutdownTimeoutSeconds $values.preStopSleepSeconds -}}
{{- if ge $needed (int64 $values.terminationGracePeriodSeconds) -}}
{{- fail (printf "server: terminationGracePeriodSeconds is %d, and a pod takes up to %d seconds to stop (preStopSleepSeconds and server.shutdownTimeoutSeconds); raise it" (int64 $values.terminationGracePeriodSeconds) $needed) -}}
{{- end -}}
{{- if ge (int64 $values.server.readyTimeoutSeconds) (int64 $values.probes.readiness.timeoutSeconds) -}}
{{- fail (printf "server: server.readyTimeoutSeconds is %d, and the readiness probe waits %d seconds, so that it would never learn the reason; raise probes.readiness.timeoutSeconds" (int64 $values.server.readyTimeoutSeconds) (int64 $values.probes.readiness.timeoutSeconds)) -}}
{{- end -}}
{{- end -}}

{{- /* What staging and prod refuse besides. */ -}}
{{- define "server.validateEnvironment" -}}
{{- $values := .root.Values -}}
{{- if has $values.environment (list "staging" "prod") -}}
{{- range $name, $value := dict "database.url" $values.database.url "externalRedis.password" $values.externalRedis.password "redis.auth.password" (dig "auth" "password" "" $values.redis) -}}
{{- if $value -}}
{{- fail (printf "server: %s stands in the values, which %s refuses; put it into a Secret and name that" $name $values.environment) -}}
{{- end -}}
{{- end -}}
{{- if $values.networkPolicy.enabled -}}
{{- range $name, $isOpen := dict "database.peers" (not (or $values.postgresql.enabled $values.database.peers)) "externalRedis.peers" (and $values.externalRedis.host (not $values.externalRedis.peers)) -}}
{{- if $isOpen -}}
{{- fail (printf "server: %s is empty, which opens its port to every address, and %s refuses that; list the addresses or pods of the service" $name $values.environment) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if eq $values.environment "prod" -}}
{{- range $service := list "postgresql" "redis" -}}
{{- if (get $values $service).enabled -}}
{{- fail (printf "server: %s.enabled is set, and prod refuses bundled services, which are one replica without a backup; turn it off and use an external one" $service) -}}
{{- end -}}
{{- end -}}
{{- if not $values.global.requireDigest -}}
{{- fail "server: global.requireDigest is false, and prod refuses images without a digest; set it to true" -}}
{{- end -}}
{{- end -}}
{{- end -}}
