/** Cupola's mark: a dome with its lantern, on two steps. */
export function Mark({ size = 24, name = '' }: { size?: number; name?: string }) {
  return <img src="/portal/mark.svg" width={size} height={size} alt={name} />
}
