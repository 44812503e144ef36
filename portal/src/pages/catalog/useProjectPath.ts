import { useMemo } from 'react'
import { useScope } from '../../app/scope/ScopeContext'
import type { ProjectPath } from './useHere'

/** The project that is chosen, where one is: the catalog can be read without. */
export function useProjectPath(): ProjectPath | undefined {
  const { names } = useScope()
  const { subscription, group, workspace } = names ?? {}
  return useMemo(
    () => (subscription && group && workspace ? { subscription, group, workspace } : undefined),
    [subscription, group, workspace],
  )
}
