{{/* Variables of a service. Argument: dict "root" $ "name" name "service" service "services" services */}}
{{- define "pfi.environment" -}}
{{- $values := .root.Values }}
{{- $connects := .service.connects }}
- { name: PFI_ENVIRONMENT, value: {{ $values.environment | quote }} }
- { name: PFI_HTTP_PORT, value: {{ .service.httpPort | quote }} }
- { name: PFI_GHT_FILE, value: /etc/pfi/ght.yaml }
{{- if has "postgres" $connects }}
- { name: PFI_DATABASE_URL_FILE, value: /run/secrets/database/url }
- { name: PFI_DATABASE_SYSTEM_URL_FILE, value: /run/secrets/database/system-url }
{{- end }}
{{- if has "kafka" $connects }}
- { name: PFI_KAFKA_BROKERS, value: {{ required "kafka.brokers is empty: give host:port of the brokers" $values.kafka.brokers | quote }} }
{{- with $values.kafka.topicPrefix }}
- { name: PFI_KAFKA_TOPIC_PREFIX, value: {{ . | quote }} }
{{- end }}
{{- if $values.kafka.tls.caSecret }}
- { name: PFI_KAFKA_TLS_CA_FILE, value: /run/secrets/kafka-ca/ca.crt }
{{- end }}
{{- if $values.kafka.sasl.mechanism }}
- { name: PFI_KAFKA_SASL_MECHANISM, value: {{ $values.kafka.sasl.mechanism | quote }} }
- { name: PFI_KAFKA_SASL_USERNAME_FILE, value: /run/secrets/kafka-sasl/username }
- { name: PFI_KAFKA_SASL_PASSWORD_FILE, value: /run/secrets/kafka-sasl/password }
{{- end }}
{{- end }}
{{- if has "oidc" $connects }}
- { name: PFI_OIDC_ISSUERS, value: {{ join "," $values.oidc.issuers | required "oidc.issuers is empty: give the URL of an issuer" | quote }} }
- { name: PFI_OIDC_MACHINE_ISSUER, value: {{ required "oidc.machineIssuer is empty: give the URL of the issuer of machine tokens" $values.oidc.machineIssuer | quote }} }
- { name: PFI_OIDC_CLIENT_ID, value: {{ $values.oidc.clientId | quote }} }
- { name: PFI_OIDC_CLIENT_SECRET_FILE, value: /run/secrets/oidc/client-secret }
{{- end }}
{{- if hasKey .service "publicUrl" }}
- { name: PFI_CONSOLE_PUBLIC_URL, value: {{ required (printf "services.%s.publicUrl is empty: give the origin that people type" .name) .service.publicUrl | quote }} }
{{- end }}
{{- with .service.mllp }}
- { name: PFI_MLLP_PORT, value: {{ .port | quote }} }
{{- if .tlsSecret }}
- { name: PFI_MLLP_TLS_CERT_FILE, value: /run/secrets/mllp/tls.crt }
- { name: PFI_MLLP_TLS_KEY_FILE, value: /run/secrets/mllp/tls.key }
- { name: PFI_MLLP_TLS_CLIENT_CA_FILE, value: /run/secrets/mllp/ca.crt }
{{- end }}
{{- end }}
{{- if has "dmp" $connects }}
- { name: PFI_DMP_REPOSITORY_URL, value: {{ required "dmp.repositoryUrl is empty: give the ITI-41 endpoint" $values.dmp.repositoryUrl | quote }} }
- { name: PFI_DMP_REGISTRY_URL, value: {{ required "dmp.registryUrl is empty: give the ITI-18 endpoint" $values.dmp.registryUrl | quote }} }
{{- if $values.dmp.caSecret }}
- { name: PFI_DMP_CA_FILE, value: /run/secrets/dmp-ca/ca.crt }
{{- end }}
{{- end }}
{{- if has "mss" $connects }}
- { name: PFI_MSS_SMTP_URL, value: {{ required "mss.smtpUrl is empty: give the SMTP address of the operator" $values.mss.smtpUrl | quote }} }
- { name: PFI_MSS_IMAP_URL, value: {{ required "mss.imapUrl is empty: give the IMAP address of the operator" $values.mss.imapUrl | quote }} }
{{- with $values.mss.annuaireUrl }}
- { name: PFI_ANNUAIRE_URL, value: {{ . | quote }} }
{{- end }}
{{- if $values.mss.caSecret }}
- { name: PFI_MSS_CA_FILE, value: /run/secrets/mss-ca/ca.crt }
{{- end }}
{{- end }}
{{- if and (has "insi" $connects) $values.insi.url }}
- { name: PFI_INSI_URL, value: {{ $values.insi.url | quote }} }
{{- if $values.insi.caSecret }}
- { name: PFI_INSI_CA_FILE, value: /run/secrets/insi-ca/ca.crt }
{{- end }}
{{- end }}
{{- if or (has "dmp" $connects) (has "mss" $connects) (and (has "insi" $connects) $values.insi.url) }}
- { name: PFI_SECRETS_DIR, value: /run/secrets/certificates }
{{- end }}
{{- $root := .root }}
{{- $services := .services }}
{{- range .service.calls }}
- { name: PFI_{{ . | upper | replace "-" "_" }}_URL, value: "http://{{ include "pfi.fullname" $root }}-{{ . }}:{{ (get $services . | required (printf "a service calls %s, which is not enabled" .)).httpPort }}" }
{{- end }}
{{- with $values.telemetry.otlpUrl }}
- { name: PFI_OTLP_URL, value: {{ . | quote }} }
- { name: PFI_TRACE_RATIO, value: {{ $values.telemetry.traceRatio | quote }} }
{{- end }}
{{- range $name, $value := .service.env }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}

{{/* Secrets of a service as volumes; same argument. Each is read-only and holds only the keys that are needed. */}}
{{- define "pfi.volumes" -}}
{{- $values := .root.Values }}
{{- $connects := .service.connects }}
- name: tmp
  emptyDir: { sizeLimit: 256Mi }
- name: ght
  configMap: { name: {{ include "pfi.ghtConfigMap" .root }} }
{{- if has "postgres" $connects }}
- name: database
  secret:
    secretName: {{ required (printf "services.%s.databaseSecret is empty" .name) .service.databaseSecret }}
    defaultMode: 0440
    items: [{ key: url, path: url }, { key: system-url, path: system-url }]
{{- end }}
{{- if and (has "kafka" $connects) $values.kafka.tls.caSecret }}
- name: kafka-ca
  secret: { secretName: {{ $values.kafka.tls.caSecret }}, items: [{ key: ca.crt, path: ca.crt }] }
{{- end }}
{{- if and (has "kafka" $connects) $values.kafka.sasl.mechanism }}
- name: kafka-sasl
  secret: { secretName: {{ required "kafka.sasl.secret is empty" $values.kafka.sasl.secret }}, defaultMode: 0440 }
{{- end }}
{{- if has "oidc" $connects }}
- name: oidc
  secret: { secretName: {{ required "oidc.secret is empty" $values.oidc.secret }}, defaultMode: 0440 }
{{- end }}
{{- if hasKey .service "publicUrl" }}
{{- range $values.oidc.issuerSecrets }}
- name: issuer-{{ . }}
  secret: { secretName: {{ . }}, defaultMode: 0440 }
{{- end }}
{{- end }}
{{- if and .service.mllp .service.mllp.tlsSecret }}
- name: mllp
  secret: { secretName: {{ .service.mllp.tlsSecret }}, defaultMode: 0440 }
{{- end }}
{{- if has "dmp" $connects }}
{{- if $values.dmp.caSecret }}
- name: dmp-ca
  secret: { secretName: {{ $values.dmp.caSecret }}, items: [{ key: ca.crt, path: ca.crt }] }
{{- end }}
{{- range $values.dmp.certificateSecrets }}
- name: certificate-{{ . }}
  secret: { secretName: {{ . }}, defaultMode: 0440 }
{{- end }}
{{- end }}
{{- if and (has "insi" $connects) $values.insi.url }}
{{- if $values.insi.caSecret }}
- name: insi-ca
  secret: { secretName: {{ $values.insi.caSecret }}, items: [{ key: ca.crt, path: ca.crt }] }
{{- end }}
{{- range $values.insi.certificateSecrets }}
- name: certificate-{{ . }}
  secret: { secretName: {{ . }}, defaultMode: 0440 }
{{- end }}
{{- end }}
{{- if has "mss" $connects }}
{{- if $values.mss.caSecret }}
- name: mss-ca
  secret: { secretName: {{ $values.mss.caSecret }}, items: [{ key: ca.crt, path: ca.crt }] }
{{- end }}
{{- range $values.mss.certificateSecrets }}
- name: certificate-{{ . }}
  secret: { secretName: {{ . }}, defaultMode: 0440 }
{{- end }}
{{- end }}
{{- end }}

{{/* Mounts of those volumes; same argument. */}}
{{- define "pfi.volumeMounts" -}}
{{- range include "pfi.volumes" . | fromYamlArray }}
{{- if eq .name "tmp" }}
- { name: tmp, mountPath: /tmp }
{{- else if eq .name "ght" }}
- { name: ght, mountPath: /etc/pfi, readOnly: true }
{{- else if hasPrefix "certificate-" .name }}
- { name: {{ .name }}, mountPath: /run/secrets/certificates/{{ trimPrefix "certificate-" .name }}, readOnly: true }
{{- else if hasPrefix "issuer-" .name }}
- { name: {{ .name }}, mountPath: /run/secrets/issuers/{{ trimPrefix "issuer-" .name }}, readOnly: true }
{{- else }}
- { name: {{ .name }}, mountPath: /run/secrets/{{ .name }}, readOnly: true }
{{- end }}
{{- end }}
{{- end }}
