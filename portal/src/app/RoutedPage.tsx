import { type ComponentType, lazy, Suspense } from 'react'
import { useLocation } from 'react-router'
import { LoadingRows } from '../components/LoadingRows'
import { ErrorBoundary } from './ErrorBoundary'
import { Page } from './Page'
import type { PageEntry } from './pages'
import { ScopeGate } from './ScopeGate'

const loaded = new Map<string, ComponentType>()

function componentOf(page: PageEntry): ComponentType {
  const known = loaded.get(page.path)
  if (known) return known
  const component = lazy(page.load)
  loaded.set(page.path, component)
  return component
}

/** A page with what it needs around it: its code, and a scope that is chosen. */
export function RoutedPage({ page }: { page: PageEntry }) {
  const Content = componentOf(page)
  const { pathname } = useLocation()
  return (
    <ErrorBoundary key={pathname}>
      <ScopeGate page={page}>
        <Suspense
          fallback={
            <Page title={page.title}>
              <LoadingRows />
            </Page>
          }
        >
          <Content />
        </Suspense>
      </ScopeGate>
    </ErrorBoundary>
  )
}
