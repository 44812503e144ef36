// The pages of the portal: one entry each. A page is the default export of its folder's index.tsx and is loaded when it is
// opened; the paths below its own are its own business (nest <Routes> in it).

import {
  Apps24Regular,
  ArrowSwap24Regular,
  Chat24Regular,
  DataUsage24Regular,
  DocumentMultiple24Regular,
  type FluentIcon,
  History24Regular,
  People24Regular,
  PlugConnected24Regular,
  Receipt24Regular,
  Settings24Regular,
} from '@fluentui/react-icons'
import type { ComponentType } from 'react'

export interface PageEntry {
  path: string
  title: string
  icon: FluentIcon
  section: 'Build' | 'Manage' | 'Govern'
  /** What has to be chosen before the page can show anything. */
  scope: 'workspace' | 'subscription' | 'none'
  load: () => Promise<{ default: ComponentType }>
}

export const PAGES: readonly PageEntry[] = [
  {
    path: 'catalog',
    title: 'Model catalog',
    icon: Apps24Regular,
    section: 'Build',
    scope: 'none',
    load: () => import('../pages/catalog'),
  },
  {
    path: 'endpoints',
    title: 'Endpoints',
    icon: ArrowSwap24Regular,
    section: 'Build',
    scope: 'workspace',
    load: () => import('../pages/endpoints'),
  },
  {
    path: 'playground',
    title: 'Playground',
    icon: Chat24Regular,
    section: 'Build',
    scope: 'workspace',
    load: () => import('../pages/playground'),
  },
  {
    path: 'subscriptions',
    title: 'Subscriptions',
    icon: Receipt24Regular,
    section: 'Manage',
    scope: 'workspace',
    load: () => import('../pages/subscriptions'),
  },
  {
    path: 'connections',
    title: 'Connections',
    icon: PlugConnected24Regular,
    section: 'Manage',
    scope: 'workspace',
    load: () => import('../pages/connections'),
  },
  {
    path: 'templates',
    title: 'Templates',
    icon: DocumentMultiple24Regular,
    section: 'Manage',
    scope: 'subscription',
    load: () => import('../pages/templates'),
  },
  {
    path: 'usage',
    title: 'Usage and cost',
    icon: DataUsage24Regular,
    section: 'Govern',
    scope: 'subscription',
    load: () => import('../pages/usage'),
  },
  {
    path: 'access',
    title: 'Access',
    icon: People24Regular,
    section: 'Govern',
    scope: 'subscription',
    load: () => import('../pages/access'),
  },
  {
    path: 'activity',
    title: 'Activity log',
    icon: History24Regular,
    section: 'Govern',
    scope: 'subscription',
    load: () => import('../pages/activity'),
  },
  {
    path: 'settings',
    title: 'Settings',
    icon: Settings24Regular,
    section: 'Govern',
    scope: 'none',
    load: () => import('../pages/settings'),
  },
]

export const FIRST_PAGE = 'endpoints'
