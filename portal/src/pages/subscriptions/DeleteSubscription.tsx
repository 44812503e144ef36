import { api, askFor } from '../../api/client'
import { forget, readAnew } from '../../api/queryClient'
import { useWorkspace } from '../../app/scope/ScopeContext'
import { useToasts } from '../../app/toasts'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import type { Held } from './useSubscriptions'

const SHOWN_MAX = 10

interface Props {
  held: Held
  isWhole: boolean
  open: boolean
  onClose: () => void
  onDeleted?: () => void
}

/** Asks before a subscription ends, and says which endpoints will not answer any more. */
export function DeleteSubscription({ held, isWhole, open, onClose, onDeleted }: Props) {
  const { path } = useWorkspace()
  const say = useToasts()
  const { subscription, model, endpoints } = held
  const name = model?.displayName ?? subscription.properties.modelId ?? subscription.name
  const answering = endpoints.filter(one => one.properties.endpointState === 'Online')

  async function remove() {
    await askFor(
      api.DELETE(
        '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/marketplaceSubscriptions/{name}',
        { params: { path: { ...path, name: subscription.name } } },
      ),
    )
    forget(['endpoint'])
    await Promise.all([readAnew(['marketplaceSubscriptions']), readAnew(['endpoints'])])
    const unhealthy = answering.length === 1 ? `${answering[0]?.name} does not answer any more.` : undefined
    say('success', `${path.workspace} is not subscribed to ${name} any more`, unhealthy)
    onDeleted?.()
  }

  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title={`Delete the subscription ${subscription.name}?`}
      action="Delete subscription"
      typed={answering.length > 0 ? subscription.name : undefined}
      onConfirm={remove}
    >
      {!isWhole ? (
        <p style={{ margin: 0 }}>
          Every endpoint of {path.workspace} that serves {name} will stop answering. Which those are could not be read.
        </p>
      ) : answering.length === 0 ? (
        <p style={{ margin: 0 }}>
          No endpoint of {path.workspace} needs it now. {name} cannot be deployed here until somebody subscribes again.
        </p>
      ) : (
        <>
          <p style={{ margin: 0 }}>
            {answering.length === 1 ? 'This endpoint becomes' : `These ${answering.length} endpoints become`} unhealthy
            at once and will answer no request:
          </p>
          <ul style={{ marginBlock: 8, overflowWrap: 'anywhere' }}>
            {answering.slice(0, SHOWN_MAX).map(one => (
              <li key={one.id}>{one.name}</li>
            ))}
            {answering.length > SHOWN_MAX && <li>and {answering.length - SHOWN_MAX} more</li>}
          </ul>
          <p style={{ margin: 0 }}>
            {answering.length === 1
              ? 'It stays, with its address and keys, and answers'
              : 'They stay, with their addresses and keys, and answer'}{' '}
            again once {path.workspace} subscribes to {name} again.
          </p>
        </>
      )}
    </ConfirmDialog>
  )
}
