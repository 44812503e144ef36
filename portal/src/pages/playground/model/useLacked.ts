import { usePermissions } from '../../../api/useRights'
import { lackedFor } from './lacked'
import type { Target } from './targets'

/** The action that the person is known to lack for asking a target. */
export function useLacked(target: Target | undefined): string | undefined {
  const held = usePermissions(target?.id ?? '', target?.kind === 'endpoint')
  return target && held.data && lackedFor(target, held.data)
}
