import { type BrandVariants, createDarkTheme, createLightTheme, type Theme } from '@fluentui/react-components'

// The blue of the sign-in pages, from its darkest shade to its lightest.
const brand: BrandVariants = {
  10: '#020a14',
  20: '#0a1c30',
  30: '#0c2c4d',
  40: '#0b3a68',
  50: '#0a4883',
  60: '#0a529a',
  70: '#0b5cad',
  80: '#1a6cc0',
  90: '#2d7dd0',
  100: '#428edd',
  110: '#579fe8',
  120: '#6daff1',
  130: '#86bff6',
  140: '#a1cff9',
  150: '#bedefb',
  160: '#dcedfd',
}

// System fonts alone: nothing is asked from anywhere else at run time.
const fonts = {
  fontFamilyBase: '"Segoe UI Variable Text", "Segoe UI", system-ui, -apple-system, Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Code", SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
}

export const lightTheme: Theme = {
  ...createLightTheme(brand),
  ...fonts,
  colorBrandBackground: brand[70],
  colorBrandBackgroundHover: brand[60],
  colorBrandForeground1: brand[70],
  colorBrandForegroundLink: brand[70],
  colorNeutralForeground3: '#565c64',
}

export const darkTheme: Theme = {
  ...createDarkTheme(brand),
  ...fonts,
  colorBrandForeground1: brand[120],
  colorBrandForegroundLink: brand[120],
  colorBrandForegroundLinkHover: brand[130],
  colorBrandStroke1: brand[110],
  colorCompoundBrandStroke: brand[110],
  colorCompoundBrandForeground1: brand[120],
  colorNeutralForeground2BrandSelected: brand[120],
  colorNeutralForeground3: '#b0b5bb',
  colorNeutralStroke2: '#414141',
  colorNeutralStroke3: '#363636',
}
