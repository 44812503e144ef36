import { makeStyles, tokens } from '@fluentui/react-components'

const useStyles = makeStyles({
  root: {
    display: 'inline-flex',
    alignItems: 'center',
    justifyContent: 'center',
    flexShrink: 0,
    borderRadius: tokens.borderRadiusLarge,
    fontWeight: tokens.fontWeightSemibold,
    letterSpacing: '-0.02em',
    userSelect: 'none',
  },
})

const PAIRS = [
  [tokens.colorPaletteBlueBackground2, tokens.colorPaletteBlueForeground2],
  [tokens.colorPalettePurpleBackground2, tokens.colorPalettePurpleForeground2],
  [tokens.colorPaletteTealBackground2, tokens.colorPaletteTealForeground2],
  [tokens.colorPaletteForestBackground2, tokens.colorPaletteForestForeground2],
  [tokens.colorPaletteMarigoldBackground2, tokens.colorPaletteMarigoldForeground2],
  [tokens.colorPaletteCranberryBackground2, tokens.colorPaletteCranberryForeground2],
  [tokens.colorPaletteSteelBackground2, tokens.colorPaletteSteelForeground2],
] as const

/** A publisher's initials in a colour of its own. Nothing is said by it that is not in words beside it. */
export function ModelMark({ publisher, size = 36 }: { publisher: string; size?: number }) {
  const styles = useStyles()
  const sum = [...publisher].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0)
  const [backgroundColor, color] = PAIRS[sum % PAIRS.length] ?? PAIRS[0]
  const initials = publisher
    .split(/[\s-]+/)
    .slice(0, 2)
    .map(word => [...word][0] ?? '')
    .join('')
    .toUpperCase()
  return (
    <span
      aria-hidden="true"
      className={styles.root}
      style={{ width: size, height: size, fontSize: size * 0.4, backgroundColor, color }}
    >
      {initials}
    </span>
  )
}
