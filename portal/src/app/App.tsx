import { FluentProvider, Toaster } from '@fluentui/react-components'
import { QueryClientProvider } from '@tanstack/react-query'
import { BrowserRouter, Navigate, Route, Routes } from 'react-router'
import { queryClient } from '../api/queryClient'
import { darkTheme, lightTheme } from '../theme/brand'
import { useDirection } from '../theme/useDirection'
import { useTheme } from '../theme/useTheme'
import { ErrorBoundary } from './ErrorBoundary'
import { NotFound } from './NotFound'
import { FIRST_PAGE, PAGES } from './pages'
import { RoutedPage } from './RoutedPage'
import { Shell } from './Shell'
import { SignedIn } from './SignedIn'
import { ScopeProvider } from './scope/ScopeContext'
import { TOASTER } from './toasts'

/** The portal: theme, data, address, frame, pages. */
export function App() {
  const { isDark } = useTheme()
  const { choice: direction } = useDirection()
  return (
    <FluentProvider theme={isDark ? darkTheme : lightTheme} dir={direction} style={{ height: '100%' }}>
      <ErrorBoundary>
        <QueryClientProvider client={queryClient}>
          <BrowserRouter basename="/portal">
            <Routes>
              <Route path="signed-in" element={<SignedIn />} />
              <Route
                path="*"
                element={
                  <ScopeProvider>
                    <Shell>
                      <Routes>
                        <Route index element={<Navigate to={FIRST_PAGE} replace />} />
                        {PAGES.map(page => (
                          <Route key={page.path} path={`${page.path}/*`} element={<RoutedPage page={page} />} />
                        ))}
                        <Route path="*" element={<NotFound />} />
                      </Routes>
                    </Shell>
                  </ScopeProvider>
                }
              />
            </Routes>
          </BrowserRouter>
          {/* Below the navigation: the other corners are where the buttons of pages are. */}
          <Toaster toasterId={TOASTER} position="bottom-start" pauseOnHover pauseOnWindowBlur />
        </QueryClientProvider>
      </ErrorBoundary>
    </FluentProvider>
  )
}
