{{/* The prefix of every object. */}}
{{- define "pfi.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) }}
{{- $name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* Labels that never change: selectors. Argument: dict "root" $ "component" name */}}
{{- define "pfi.selector" -}}
app.kubernetes.io/name: pfi
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* All labels. Argument: dict "root" $ "component" name */}}
{{- define "pfi.labels" -}}
{{ include "pfi.selector" . }}
app.kubernetes.io/part-of: pfi
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "pfi.image" -}}
{{ required "image.repository is empty: give the registry and prefix of the images" .root.Values.image.repository }}-{{ .component }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "pfi.ghtConfigMap" -}}
{{ .Values.ght.existingConfigMap | default (printf "%s-ght" (include "pfi.fullname" .)) }}
{{- end }}

{{/* The enabled services, each completed with the defaults, as JSON. */}}
{{- define "pfi.services" -}}
{{- $services := dict }}
{{- range $name, $own := .Values.services }}
{{- $service := mergeOverwrite (deepCopy $.Values.defaults) (deepCopy $own) }}
{{- if $service.enabled }}{{ $_ := set $services $name $service }}{{ end }}
{{- end }}
{{- toJson $services }}
{{- end }}

{{- define "pfi.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "pfi.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}
