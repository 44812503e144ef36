import { Field, Select } from '@fluentui/react-components'
import { Card } from '../../components/Card'
import { type DirectionChoice, useDirection } from '../../theme/useDirection'
import { type ThemeChoice, useTheme } from '../../theme/useTheme'

/** How this browser shows the portal; kept in this browser alone. */
export function Looks() {
  const theme = useTheme()
  const direction = useDirection()
  return (
    <Card title="Appearance in this browser">
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 16 }}>
        <Field label="Theme">
          <Select value={theme.choice} onChange={(_, data) => theme.choose(data.value as ThemeChoice)}>
            <option value="system">As the system</option>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
          </Select>
        </Field>
        <Field label="Direction of writing">
          <Select value={direction.choice} onChange={(_, data) => direction.choose(data.value as DirectionChoice)}>
            <option value="ltr">From left to right</option>
            <option value="rtl">From right to left</option>
          </Select>
        </Field>
      </div>
    </Card>
  )
}
