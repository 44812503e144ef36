import { Route, Routes } from 'react-router'
import { NotFound } from '../../app/NotFound'
import { SubscriptionList } from './SubscriptionList'
import { SubscriptionPage } from './SubscriptionPage'

export default function Subscriptions() {
  return (
    <Routes>
      <Route index element={<SubscriptionList />} />
      <Route path=":name" element={<SubscriptionPage />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  )
}
