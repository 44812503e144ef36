// The theme that was chosen, before the first paint; without a choice the system's.
try {
  const chosen = localStorage.getItem('cupola.theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
} catch {
  // Storage may be forbidden; then the system decides.
}
