import { useQuery } from '@tanstack/react-query'
import { api, type Schemas } from '../../api/client'
import { everyItem } from '../../api/pages'
import { useScope } from '../../app/scope/ScopeContext'
import type { ScopeNames } from '../../app/scope/scope'
import { useSearch } from '../../app/useSearch'

export interface ScopeChoice {
  /** In the address: `workspace`, `endpoint:hello`. */
  value: string
  label: string
  scope: string
}

const WORKSPACES = 'providers/Microsoft.MachineLearningServices/workspaces'

/** The scopes around and in the chosen project, widest first. */
export function choicesOf(names: ScopeNames, subscription: string, endpoints: readonly string[]): ScopeChoice[] {
  const whole = `/subscriptions/${names.subscription}`
  const choices: ScopeChoice[] = [
    { value: 'everything', label: 'Everything', scope: '/' },
    { value: 'subscription', label: `Subscription ${subscription}`, scope: whole },
  ]
  if (!names.group) return choices
  const group = `${whole}/resourceGroups/${names.group}`
  choices.push({ value: 'group', label: `Group ${names.group}`, scope: group })
  if (!names.workspace) return choices
  const workspace = `${group}/${WORKSPACES}/${names.workspace}`
  choices.push({ value: 'workspace', label: `Project ${names.workspace}`, scope: workspace })
  for (const name of endpoints) {
    const scope = `${workspace}/serverlessEndpoints/${name}`
    choices.push({ value: `endpoint:${name}`, label: `Endpoint ${name}`, scope })
  }
  return choices
}

/** Which scope is looked at; it is in the address, and at first the chosen project. */
export function useScopes() {
  const { names, subscription } = useScope()
  const [search, setSearch] = useSearch()
  const endpoints = useQuery({
    queryKey: ['endpointNames', names],
    queryFn: ({ signal }) =>
      everyItem<Schemas['Endpoint']>(
        api.GET(
          '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/serverlessEndpoints',
          {
            params: {
              path: {
                subscription: names?.subscription ?? '',
                group: names?.group ?? '',
                workspace: names?.workspace ?? '',
              },
            },
            signal,
          },
        ),
        signal,
      ),
    enabled: names?.workspace !== undefined,
  })
  const choices = names
    ? choicesOf(
        names,
        subscription?.displayName ?? names.subscription,
        (endpoints.data ?? []).map(one => one.name),
      )
    : []
  const asked = search.get('at')
  const usual = choices.find(one => one.value === 'workspace') ?? choices.find(one => one.value === 'subscription')
  const chosen = choices.find(one => one.value === asked) ?? usual
  return {
    choices,
    chosen,
    choose: (value: string) =>
      setSearch(old => {
        const next = new URLSearchParams(old)
        next.set('at', value)
        return next
      }),
  }
}
