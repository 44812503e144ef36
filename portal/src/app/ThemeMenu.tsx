import { Button, Menu, MenuItemRadio, MenuList, MenuPopover, MenuTrigger, Tooltip } from '@fluentui/react-components'
import { Desktop20Regular, WeatherMoon20Regular, WeatherSunny20Regular } from '@fluentui/react-icons'
import { type ThemeChoice, useTheme } from '../theme/useTheme'

/** Light, dark, or as the system has it. */
export function ThemeMenu() {
  const { choice, isDark, choose } = useTheme()
  return (
    <Menu
      checkedValues={{ theme: [choice] }}
      onCheckedValueChange={(_, data) => choose((data.checkedItems[0] ?? 'system') as ThemeChoice)}
    >
      <MenuTrigger disableButtonEnhancement>
        <Tooltip content="Theme" relationship="label">
          <Button appearance="subtle" icon={isDark ? <WeatherMoon20Regular /> : <WeatherSunny20Regular />} />
        </Tooltip>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuItemRadio name="theme" value="system" icon={<Desktop20Regular />}>
            As the system
          </MenuItemRadio>
          <MenuItemRadio name="theme" value="light" icon={<WeatherSunny20Regular />}>
            Light
          </MenuItemRadio>
          <MenuItemRadio name="theme" value="dark" icon={<WeatherMoon20Regular />}>
            Dark
          </MenuItemRadio>
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
