import type { ReactNode } from 'react'
import { asProblem } from '../../api/problem'
import type { Crumb } from '../../app/Breadcrumbs'
import { Page } from '../../app/Page'
import { EmptyState } from '../../components/EmptyState'
import { LinkButton } from '../../components/LinkButton'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import type { CatalogModel } from './model'
import { useModel } from './useModel'

export const CATALOG: Crumb = { label: 'Model catalog', to: '/catalog' }

/** Finds the model of the address, and until then says why there is none. */
export function ModelFrame({ children }: { children: (model: CatalogModel) => ReactNode }) {
  const { catalog, registry, name, model } = useModel()
  if (model) return children(model)
  const again = () => void catalog.refetch()
  return (
    <Page title={name} above={[CATALOG]}>
      {catalog.error ? (
        <ProblemMessage problem={asProblem(catalog.error)} onRetry={again} />
      ) : catalog.isPending ? (
        <LoadingRows what="the model" onRetry={again} />
      ) : (
        <EmptyState
          title="The catalog has no such model"
          text={`There is no ${name} in the collection ${registry}. It may have been taken out of the catalog.`}
          action={
            <LinkButton to="/catalog" appearance="primary">
              All models
            </LinkButton>
          }
        />
      )}
    </Page>
  )
}
