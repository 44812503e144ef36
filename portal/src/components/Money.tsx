// Prices of tokens are small: what is less than a cent is shown with as many digits as it takes.
const DIGITS_SMALL = 6

/** An amount of money, in the currency of the bill. */
export function Money({ amount, currency = 'USD' }: { amount: number; currency?: string }) {
  return <span style={{ fontVariantNumeric: 'tabular-nums' }}>{money(amount, currency)}</span>
}

/** The same as text. */
export function money(amount: number, currency = 'USD'): string {
  const small = amount !== 0 && Math.abs(amount) < 0.01
  return new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
    maximumFractionDigits: small ? DIGITS_SMALL : 2,
    minimumFractionDigits: 2,
  }).format(amount)
}
