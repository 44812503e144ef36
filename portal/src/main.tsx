import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/App'
import './theme/base.css'

// After an update the old page asks for parts that are not there any more; the new page has its own. Once, so that a part
// that is really missing does not make the page load for ever.
window.addEventListener('vite:preloadError', event => {
  const last = Number(sessionStorage.getItem('cupola.reloaded') ?? 0)
  if (Date.now() - last < 30_000) return
  sessionStorage.setItem('cupola.reloaded', String(Date.now()))
  event.preventDefault()
  location.reload()
})

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
}
