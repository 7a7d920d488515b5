{{- /*
Each of these renders nothing and fails where values contradict each other, or what the environment allows.
Args of all: root (chart context).
*/ -}}

{{- /* Configuration keys that nobody reads, or that belong into a Secret. */ -}}
{{- define "cruvero.validateConfig" -}}
{{- $root := .root -}}
{{- $registry := .root.Files.Get "files/config-keys.yaml" | fromYamlArray -}}
{{- $components := include "cruvero.components" dict | fromJson -}}
{{- $places := dict "defaults" "" -}}
{{- range $components -}}
{{- $_ := set $places .key .program -}}
{{- end -}}
{{- range $place, $program := $places -}}
{{- $known := list -}}
{{- range $registry -}}
{{- if and (eq .kind "config") (or (empty $program) (has $program .components)) -}}
{{- $known = append $known .name -}}
{{- end -}}
{{- end -}}
{{- range $name := keys ((get $root.Values $place).config | default dict) | sortAlpha -}}
{{- if hasKey $root.Values.secrets $name -}}
{{- fail (printf "cruvero: %s.config.%s is a secret and would stand in a ConfigMap; set secrets.%s instead" $place $name $name) -}}
{{- else if not (has $name $known) -}}
{{- fail (printf "cruvero: %s.config.%s is read by nobody there; the keys are %s" $place $name (join ", " $known)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Secrets in values: for a quick try alone. */ -}}
{{- define "cruvero.validateSecrets" -}}
{{- $values := .root.Values -}}
{{- range $name := keys $values.secrets | sortAlpha -}}
{{- if (get $values.secrets $name).value -}}
{{- if has $values.environment (list "staging" "prod") -}}
{{- fail (printf "cruvero: secrets.%s.value stands in the values, which %s refuses; put it into a Secret and name that in secrets.%s.existingSecret" $name $values.environment $name) -}}
{{- else if and (eq $name "DATABASE_URL") $values.postgresql.enabled -}}
{{- fail "cruvero: secrets.DATABASE_URL.value and postgresql.enabled are both set; remove the value, or turn the bundled database off" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Services that are bundled and external at once, or that staging and prod cannot fence in. */ -}}
{{- define "cruvero.validateServices" -}}
{{- $values := .root.Values -}}
{{- range $key, $service := dict "CACHE_URL" "dragonfly" "NATS_URL" "nats" "QDRANT_URL" "qdrant" -}}
{{- range $place := list "defaults" "api" "embedWorker" "graphWorker" "worker" -}}
{{- if and (get $values $service).enabled (get ((get $values $place).config | default dict) $key) -}}
{{- fail (printf "cruvero: %s.config.%s and %s.enabled are both set; remove the address, or turn the bundled service off" $place $key $service) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $values.postgresql.enabled (eq $values.migrator.mode "hook") -}}
{{- fail "cruvero: migrator.mode is hook and postgresql.enabled is set, so the first migration would wait for a database that comes after it; set migrator.mode to auto" -}}
{{- end -}}
{{- if and (has $values.environment (list "staging" "prod")) $values.networkPolicy.enabled -}}
{{- $addresses := dict "cache" $values.external.cache.url "nats" $values.external.nats.url "qdrant" $values.external.qdrant.url "temporal" $values.external.temporal.address "database" "in a Secret" -}}
{{- $bundled := dict "cache" $values.dragonfly.enabled "nats" $values.nats.enabled "qdrant" $values.qdrant.enabled "database" $values.postgresql.enabled "temporal" false -}}
{{- range $name := keys $addresses | sortAlpha -}}
{{- if and (get $addresses $name) (not (get $bundled $name)) (not (get $values.external $name).peers) -}}
{{- fail (printf "cruvero: external.%s.peers is empty, which opens its port to every address, and %s refuses that; list the addresses or pods of the service" $name $values.environment) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Ways in that lead nowhere, or that nobody could take. */ -}}
{{- define "cruvero.validateEntry" -}}
{{- $ui := .root.Values.ui -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- range $kind := list "ingress" "httpRoute" -}}
{{- if (get $ui $kind).enabled -}}
{{- if not $ui.enabled -}}
{{- fail (printf "cruvero: ui.%s.enabled is set and ui.enabled is not, so it would lead nowhere; turn the frontend on or the entry off" $kind) -}}
{{- end -}}
{{- if and $policy.enabled (not $policy.ingressController.peers) -}}
{{- fail (printf "cruvero: ui.%s.enabled is set and networkPolicy.ingressController.peers is empty, so nobody could reach the frontend; name the pods of the ingress controller or gateway" $kind) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $ui.ingress.enabled (not $ui.ingress.hosts) -}}
{{- fail "cruvero: ui.ingress.enabled is set and ui.ingress.hosts is empty; name the host that leads to the frontend" -}}
{{- end -}}
{{- if and $ui.httpRoute.enabled (not $ui.httpRoute.parentRefs) -}}
{{- fail "cruvero: ui.httpRoute.enabled is set and ui.httpRoute.parentRefs is empty; name the gateway that the route attaches to" -}}
{{- end -}}
{{- end -}}

{{- /* Pods that would be killed before they have stopped. */ -}}
{{- define "cruvero.validateGrace" -}}
{{- $root := .root -}}
{{- range $component := include "cruvero.services" . | fromJsonArray -}}
{{- $named := dict "root" $root "component" $component -}}
{{- $values := include "cruvero.values" $named | fromJson -}}
{{- $timeout := include "cruvero.configValue" (merge (dict "name" "SHUTDOWN_TIMEOUT") $named) -}}
{{- $seconds := regexFind "^[0-9]+" $timeout | int -}}
{{- $factor := get (dict "s" 1 "m" 60) (regexFind "[a-z]+$" $timeout) -}}
{{- $needed := add (mul $seconds ($factor | default 0)) (int $values.preStopSleepSeconds) -}}
{{- if ge $needed (int64 $values.terminationGracePeriodSeconds) -}}
{{- $key := (include "cruvero.traits" $named | fromJson).key -}}
{{- fail (printf "cruvero: %s.terminationGracePeriodSeconds is %d, and the pod takes up to %d seconds to stop (preStopSleepSeconds and SHUTDOWN_TIMEOUT); raise it" $key (int $values.terminationGracePeriodSeconds) $needed) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* What production refuses besides. */ -}}
{{- define "cruvero.validateProd" -}}
{{- $values := .root.Values -}}
{{- if eq $values.environment "prod" -}}
{{- range $service := list "dragonfly" "nats" "postgresql" "qdrant" -}}
{{- if (get $values $service).enabled -}}
{{- fail (printf "cruvero: %s.enabled is set, and prod refuses bundled services, which are one replica without a backup; turn it off and use an external one" $service) -}}
{{- end -}}
{{- end -}}
{{- if not $values.global.requireDigest -}}
{{- fail "cruvero: global.requireDigest is false, and prod refuses images without a digest; set it to true" -}}
{{- end -}}
{{- if and $values.ui.ingress.enabled (not $values.ui.ingress.tls.enabled) -}}
{{- fail "cruvero: ui.ingress.tls.enabled is false, and prod refuses an entry without TLS; set it to true" -}}
{{- end -}}
{{- if $values.ui.httpRoute.enabled -}}
{{- range $index, $parent := $values.ui.httpRoute.parentRefs -}}
{{- if or (not (or $parent.sectionName $parent.port)) (eq (int $parent.port) 80) (eq (toString $parent.sectionName) "http") -}}
{{- fail (printf "cruvero: ui.httpRoute.parentRefs[%d] also attaches to listeners without TLS, which prod refuses; name the listener for TLS in sectionName or port" $index) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
