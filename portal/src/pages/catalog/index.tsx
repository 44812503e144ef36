import { Route, Routes } from 'react-router'
import { NotFound } from '../../app/NotFound'
import { CatalogList } from './CatalogList'
import { DeployPage } from './deploy/DeployPage'
import { ModelPage } from './ModelPage'

export default function Catalog() {
  return (
    <Routes>
      <Route index element={<CatalogList />} />
      <Route path=":registry/:model" element={<ModelPage />} />
      <Route path=":registry/:model/deploy" element={<DeployPage />} />
      <Route path="*" element={<NotFound />} />
    </Routes>
  )
}
