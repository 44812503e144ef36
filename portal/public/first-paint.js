// The theme and the direction that were chosen, before the first paint; without a choice the system's, from left to right.
try {
  const chosen = localStorage.getItem('cupola.theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
  if (localStorage.getItem('cupola.direction') === 'rtl') document.documentElement.dir = 'rtl'
} catch {
  // Storage may be forbidden; then the system decides.
}
