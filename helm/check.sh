#!/usr/bin/env bash
# Checks the chart: README, metrics of the alerts, lint, values that must be refused, rendered objects against strict schemas, unit tests.
# Tools are taken where they are: PFI_HELM, PFI_KUBECONFORM, PFI_HELM_UNITTEST (commands), PFI_KUBE_SCHEMAS (a folder of
# <kind>-<group>-<version>.json, else kubeconform's own catalogue), else the PATH. What could not run is said in one line;
# PFI_HELM_CHECK=required makes it a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
# The pinned Node of the repository, when it is installed.
PATH="$PWD/node_modules/.bin:$PATH"
chart=helm/pfi
missing=0

skipped() {
  echo "helm check: $1 did not run: $2"
  missing=1
}
found() { command -v "$1" > /dev/null 2>&1; }

if [[ -d node_modules/yaml ]]; then
  node helm/readme.mjs --check
  node helm/alerts.mjs
else
  skipped "README and alerts of the chart" "node_modules is absent (npm ci)"
fi

helm=${PFI_HELM:-helm}
if found "$helm"; then
  "$helm" lint "$chart" --strict --quiet --values "$chart/ci/values.yaml"
  rendered=$(mktemp)
  trap 'rm -f "$rendered"' EXIT
  "$helm" template pfi "$chart" --values "$chart/ci/values.yaml" > "$rendered"
  if "$helm" template pfi "$chart" > /dev/null 2>&1; then
    echo "helm check: the chart was rendered without its required values" >&2
    exit 1
  fi

  kubeconform=${PFI_KUBECONFORM:-kubeconform}
  if found "$kubeconform"; then
    location=default
    [[ -n ${PFI_KUBE_SCHEMAS:-} ]] && location="$PFI_KUBE_SCHEMAS/{{ .ResourceKind }}{{ .KindSuffix }}.json"
    # The operator's own kinds are in no catalogue of Kubernetes.
    "$kubeconform" -strict -summary -skip PrometheusRule -schema-location "$location" < "$rendered"
  else
    skipped "strict schemas" "kubeconform is not found (PFI_KUBECONFORM)"
  fi

  # Every PFI_ variable of the chart must be one that an app reads.
  node helm/environment.mjs "$rendered"
else
  skipped "lint and schemas" "helm is not found (PFI_HELM)"
fi

unittest=${PFI_HELM_UNITTEST:-helm-unittest}
if found "$unittest"; then
  "$unittest" "$chart"
elif found "$helm" && "$helm" unittest --help > /dev/null 2>&1; then
  "$helm" unittest "$chart"
else
  skipped "unit tests of the chart" "helm-unittest is not found (PFI_HELM_UNITTEST)"
fi

if [[ $missing -eq 1 && ${PFI_HELM_CHECK:-} == required ]]; then
  exit 1
fi
echo "helm check: done"
