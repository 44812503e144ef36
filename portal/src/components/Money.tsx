// Prices of tokens are small: what is less than a cent is shown with as many digits as it takes.
const DIGITS_SMALL = 6
// Less than this has no digits that anybody reads.
const SHOWN_MIN = 1e-6

interface Props {
  amount: number
  currency?: string
}

/** An amount of money, in the currency of the bill. */
export function Money({ amount, currency = 'USD' }: Props) {
  return <span style={{ fontVariantNumeric: 'tabular-nums' }}>{money(amount, currency)}</span>
}

/** The same as text. What is too little to be written is said to be little, and not to be nothing. */
export function money(amount: number, currency = 'USD'): string {
  const isSmall = amount !== 0 && Math.abs(amount) < 0.01
  return written(amount, currency, isSmall ? DIGITS_SMALL : 2)
}

/** What one thing costs: a price is agreed to, so it has all of its digits. */
export function UnitPrice({ amount, currency = 'USD' }: Props) {
  return <span style={{ fontVariantNumeric: 'tabular-nums' }}>{unitPrice(amount, currency)}</span>
}

/** The same as text. */
export function unitPrice(amount: number, currency = 'USD'): string {
  return written(amount, currency, DIGITS_SMALL)
}

function written(amount: number, currency: string, digits: number): string {
  if (amount > 0 && amount < SHOWN_MIN) return `< ${written(SHOWN_MIN, currency, DIGITS_SMALL)}`
  return new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
    maximumFractionDigits: digits,
    minimumFractionDigits: 2,
  }).format(amount)
}
