import { EmptyState } from '../../../components/EmptyState'
import { LinkButton } from '../../../components/LinkButton'
import { taskName } from '../../catalog/model'
import type { Target } from '../model/targets'

/** The endpoint that the address names is not asked here: why, and where it is asked. */
export function NotAsked({ name, target }: { name: string; target: Target | undefined }) {
  const others = <LinkButton to="/playground">Choose another model</LinkButton>
  if (!target) {
    return (
      <EmptyState
        title={`There is no endpoint ${name} in this project`}
        text="It may have been deleted, or it belongs to another project: choose that one above."
        action={others}
      />
    )
  }
  return (
    <EmptyState
      title={`The playground has no page for ${name}`}
      text={`${target.modelShown} is for ${taskName(target.task ?? '').toLowerCase()}. Programs ask it; the code for them is on the page of the endpoint.`}
      action={
        <>
          <LinkButton to={`/endpoints/${encodeURIComponent(name)}?tab=code`} appearance="primary">
            Ask it from code
          </LinkButton>
          {others}
        </>
      }
    />
  )
}
