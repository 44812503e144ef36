/** `tiny-chat` of `azureml://registries/cupola/models/tiny-chat`, and the registry that it is in. */
export function modelName(id: string | undefined): { model: string; registry: string } {
  const found = /^azureml:\/\/registries\/([^/]+)\/models\/([^/]+)/.exec(id ?? '')
  return { registry: found?.[1] ?? '', model: found?.[2] ?? id ?? '' }
}
