import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Patch,
  Post,
  Query,
} from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  createProductBody,
  patchProductBody,
  resetProductSecretBody,
  type CreateProductBody,
  type PatchProductBody,
  type ResetProductSecretBody,
} from '@tallystick/contracts';
import type { FastifyReply } from 'fastify';
import {
  CreateProduct,
  DeleteProduct,
  GetProduct,
  ListMultiClientIds,
  ListProducts,
  PatchProduct,
  ReadProductSecret,
  ResetProductSecret,
} from '../cqrs/products.handlers.ts';
import { answer, FromCall, type Call } from '../http/call.ts';
import {
  productListQuery,
  type GetQuery,
  type ListQuery,
  type ProductListQuery,
} from '../http/query.schemas.ts';
import { Asked, Listed, Nothing, ProductKey, Reply } from './parameters.ts';

@Controller('api/v1/products')
export class ProductsController {
  readonly #commands: CommandBus;
  readonly #queries: QueryBus;

  constructor(@Inject(CommandBus) commands: CommandBus, @Inject(QueryBus) queries: QueryBus) {
    this.#commands = commands;
    this.#queries = queries;
  }

  @Post()
  async create(
    @FromCall() call: Call,
    @Body({ schema: createProductBody }) body: CreateProductBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new CreateProduct(call, body)));
  }

  @Get()
  list(@FromCall() call: Call, @Query({ schema: productListQuery }) query: ProductListQuery) {
    return this.#queries.execute(new ListProducts(call, query));
  }

  @Get(':productKey')
  get(@FromCall() call: Call, @ProductKey() productKey: string, @Asked() query: GetQuery) {
    return this.#queries.execute(new GetProduct(call, { productKey, ...query }));
  }

  @Patch(':productKey')
  async patch(
    @FromCall() call: Call,
    @ProductKey() productKey: string,
    @Body({ schema: patchProductBody }) policy: PatchProductBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(
      reply,
      await this.#commands.execute(new PatchProduct(call, { productKey, policy })),
    );
  }

  @Delete(':productKey')
  @HttpCode(204)
  async remove(
    @FromCall() call: Call,
    @ProductKey() productKey: string,
    @Nothing() _: object,
    @Reply() reply: FastifyReply,
  ) {
    return answer(reply, await this.#commands.execute(new DeleteProduct(call, { productKey })));
  }

  @Post(':productKey/secret/reset')
  @HttpCode(200)
  async resetSecret(
    @FromCall() call: Call,
    @ProductKey() productKey: string,
    @Body({ schema: resetProductSecretBody }) body: ResetProductSecretBody,
    @Reply() reply: FastifyReply,
  ) {
    return answer(
      reply,
      await this.#commands.execute(new ResetProductSecret(call, { productKey, ...body })),
    );
  }

  @Get(':productKey/secret')
  async readSecret(
    @FromCall() call: Call,
    @ProductKey() productKey: string,
    @Asked() { after }: GetQuery,
    @Reply() reply: FastifyReply,
  ) {
    return answer(
      reply,
      await this.#commands.execute(new ReadProductSecret(call, { productKey, after })),
    );
  }

  @Get(':productKey/multi-client-ids')
  multiClientIds(
    @FromCall() call: Call,
    @ProductKey() productKey: string,
    @Listed() query: ListQuery,
  ) {
    return this.#queries.execute(new ListMultiClientIds(call, { productKey, ...query }));
  }
}
